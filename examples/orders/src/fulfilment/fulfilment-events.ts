// What the process manager records about its own work: a stream for each order.
import { defineEvent } from "@annals/core"
import * as z from "zod"

export const fulfilmentStarted = defineEvent(
  "fulfilment-started",
  z.object({ product: z.string(), cents: z.int().positive() }),
)
export const fulfilmentCompleted = defineEvent("fulfilment-completed", z.object({}))
export const fulfilmentAbandoned = defineEvent("fulfilment-abandoned", z.object({ reason: z.string() }))

/** Comes when the time to pay is over. */
export const paymentOverdue = defineEvent("payment-overdue", z.object({}))

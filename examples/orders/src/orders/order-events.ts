// What can happen to an order.
import { defineEvent } from "@annals/core"
import * as z from "zod"

export const orderPlaced = defineEvent(
  "order-placed",
  z.object({
    product: z.string(),
    quantity: z.int().positive(),
    /** Of all of it, at the price of the day. */
    cents: z.int().positive(),
  }),
)
export const orderShipped = defineEvent("order-shipped", z.object({}))
export const orderCancelled = defineEvent("order-cancelled", z.object({ reason: z.string() }))

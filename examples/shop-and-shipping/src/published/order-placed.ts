// What the shop tells other services: a promise to them. The rest of its events is its own business.
import { defineEvent } from "@annals/core"
import * as z from "zod"

export const orderPlaced = defineEvent(
  "order-placed",
  z.object({
    customer: z.string(),
    product: z.string(),
    quantity: z.int().positive(),
    /** Of all of it. */
    cents: z.int().positive(),
  }),
)

// What can happen to the stock of a product.
import { defineEvent } from "@annals/core"
import * as z from "zod"

const orderId = z.string()
const quantity = z.int().positive()

export const stockAdded = defineEvent("stock-added", z.object({ quantity }))
export const stockReserved = defineEvent("stock-reserved", z.object({ orderId, quantity }))
export const stockReleased = defineEvent("stock-released", z.object({ orderId, quantity }))
export const stockDispatched = defineEvent("stock-dispatched", z.object({ orderId, quantity }))

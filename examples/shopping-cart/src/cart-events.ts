// What can happen to a cart.
import { defineEvent } from "@annals/core"
import * as z from "zod"

const product = z.string().min(1)
const quantity = z.int().positive()
/** Whole cents: the price when it was put in, whatever the catalogue says later. */
const unitPrice = z.int().nonnegative()

export const itemAdded = defineEvent("item-added", z.object({ product, quantity, unitPrice }))
export const itemRemoved = defineEvent("item-removed", z.object({ product, quantity }))
export const checkedOut = defineEvent("checked-out", z.object({ total: z.int().nonnegative() }))

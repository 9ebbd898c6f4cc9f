// What can happen to the payment for an order.
import { defineEvent } from "@annals/core"
import * as z from "zod"

const cents = z.int().positive()

export const paymentRequested = defineEvent("payment-requested", z.object({ cents }))
export const paymentReceived = defineEvent("payment-received", z.object({ cents }))
export const paymentRefused = defineEvent("payment-refused", z.object({}))
export const paymentCalledOff = defineEvent("payment-called-off", z.object({}))

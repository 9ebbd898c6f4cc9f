// What can happen to an account, in the bank's words. All three styles share these events, and so their streams.
import { defineCategory, defineEvent } from "@annals/core"
import * as z from "zod"
import { money } from "./money.ts"

const amount = z.int().transform(money)
const positiveAmount = z.int().positive().transform(money)

export const opened = defineEvent("opened", z.object({ owner: z.string().min(1), overdraft: amount }))
export const deposited = defineEvent("deposited", z.object({ amount: positiveAmount }))
export const withdrawn = defineEvent("withdrawn", z.object({ amount: positiveAmount }))
export const interestCredited = defineEvent(
  "interest-credited",
  z.object({ amount: positiveAmount, basisPoints: z.int().positive() }),
)
export const closed = defineEvent("closed", z.object({}))

export const accountEvents = [opened, deposited, withdrawn, interestCredited, closed] as const

export const accounts = defineCategory("account", accountEvents)

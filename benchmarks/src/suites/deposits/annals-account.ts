import { defineCategory, defineDecider, defineEvent, type } from "@annals/core"
import { addDeposit, emptyBalance } from "./balance.ts"
import { type Deposit, metadataOf, tagsOf } from "./deposit.ts"

const deposited = defineEvent("deposited", type<Deposit>(), { tags: tagsOf })

export const accounts = defineCategory("account", [deposited])

/** The account that deposits are made to, as an application of Annals defines it. */
export const account = defineDecider("account", {
  events: [deposited],
  initial: () => emptyBalance,
  evolve: { deposited: (balance, { data }) => addDeposit(balance, data) },
  decide: { deposit: (_balance, deposit: Deposit) => eventOf(deposit) },
})

export function eventOf(deposit: Deposit) {
  return deposited(deposit, { metadata: metadataOf(deposit) })
}

import { BareEventTables } from "../../../bare/postgres/bare-event-tables.ts"
import { ConditionalEventTables } from "../../../bare/postgres/conditional-event-tables.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import type { Deposit } from "../../deposits/deposit.ts"
import { plainEventOf } from "../../deposits/plain-event-of.ts"
import type { ConditionalAppender, Ledger } from "./ledger.ts"
import { openPool } from "./pool.ts"

const category = "account"

/** The same work, written by hand on `pg`. */
export async function openBareLedger(url: string): Promise<Ledger> {
  const pool = openPool(url)
  const events = new BareEventTables(pool)
  await events.create()
  return {
    append: async (id, deposits, expected) => {
      await events.append({ category, id, expected, events: deposits.map(plainEventOf) })
    },
    readAll: async () => {
      let balance = emptyBalance
      for await (const page of events.readAll()) {
        for (const event of page) balance = addDeposit(balance, event.data as Deposit)
      }
      return balance
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/** Conditional appends, written by hand on `pg`. */
export async function openBareConditionalAppender(url: string): Promise<ConditionalAppender> {
  const pool = openPool(url)
  const events = new ConditionalEventTables(pool)
  await events.create()
  return {
    appendAfter: (account, deposit, position) =>
      events.append(category, account, plainEventOf(deposit), position),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

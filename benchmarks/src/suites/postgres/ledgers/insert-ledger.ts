import { PlainInsertTable } from "../../../bare/postgres/plain-insert-table.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import type { Deposit } from "../../deposits/deposit.ts"
import { plainEventOf } from "../../deposits/plain-event-of.ts"
import type { Ledger } from "./ledger.ts"
import { openPool } from "./pool.ts"

/** No event store: rows of one table. It knows neither versions nor ids nor tags. */
export async function openInsertLedger(url: string): Promise<Ledger> {
  const pool = openPool(url)
  const rows = new PlainInsertTable(pool)
  await rows.create()
  return {
    append: (account, deposits) => rows.append(account, deposits.map(plainEventOf)),
    readAll: async () => {
      let balance = emptyBalance
      for await (const page of rows.readAll()) {
        for (const { data } of page) balance = addDeposit(balance, data as Deposit)
      }
      return balance
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

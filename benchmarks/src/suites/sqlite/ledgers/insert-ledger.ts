import { PlainInsertFile } from "../../../bare/plain-insert-file.ts"
import type { Balance } from "../../deposits/balance.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, metadataOf } from "../../deposits/deposit.ts"
import type { Ledger } from "./ledger.ts"

/** No event store: rows of one table. It knows neither versions nor ids nor tags, and keeps accounts apart by no index. */
export async function createInsertLedger(file: string): Promise<Ledger> {
  const rows = new PlainInsertFile(file)
  const readAll = async (): Promise<Balance> => {
    let balance = emptyBalance
    for (const page of rows.readAll()) {
      for (const { data } of page) balance = addDeposit(balance, data as Deposit)
    }
    return balance
  }
  return {
    append: async (account, deposits) => rows.append(account, deposits.map(eventOf)),
    appendToAccounts: async (deposits) => {
      rows.append("accounts", [...deposits.values()].flat().map(eventOf))
    },
    load: readAll,
    readAll,
    [Symbol.asyncDispose]: async () => rows[Symbol.dispose](),
  }
}

function eventOf(deposit: Deposit) {
  return { type: "deposited", data: deposit, metadata: metadataOf(deposit), tags: [] }
}

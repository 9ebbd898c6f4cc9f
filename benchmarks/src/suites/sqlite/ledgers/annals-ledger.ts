import { createRepository, type Observer } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { account, accounts, eventOf } from "../../deposits/annals-account.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import type { Ledger } from "./ledger.ts"

/** Annals as an application uses it: typed events, a repository, the store's defaults. */
export async function createAnnalsLedger(file: string, observer?: Observer): Promise<Ledger> {
  const store = createSqliteStore({ file, ...(observer && { observer }) })
  const repository = createRepository(store, account)
  await store.migrate()
  return {
    append: async (id, deposits, expected) => {
      const given = expected === undefined ? {} : { expected }
      await store.append(accounts.stream(id), deposits.map(eventOf), given)
    },
    appendToAccounts: async (deposits) => {
      const appends = [...deposits].map(([id, those]) => ({
        stream: accounts.stream(id),
        events: those.map(eventOf),
      }))
      await store.appendToStreams(appends)
    },
    load: async (id) => (await repository.load(id)).state,
    readAll: async () => {
      let balance = emptyBalance
      for await (const event of store.readAll({ events: accounts.events }))
        balance = addDeposit(balance, event.data)
      return balance
    },
    [Symbol.asyncDispose]: () => store.close(),
  }
}

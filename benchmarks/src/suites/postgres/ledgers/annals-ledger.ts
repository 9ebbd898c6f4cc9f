import { defineCategory, defineEvent, type EventStore, type } from "@annals/core"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, metadataOf, tagsOf } from "../../deposits/deposit.ts"
import type { ConditionalAppender, Ledger } from "./ledger.ts"
import { openPool } from "./pool.ts"

const deposited = defineEvent("deposited", type<Deposit>(), { tags: tagsOf })
const accounts = defineCategory("account", [deposited])

/** Annals as an application uses it: typed events, the store's defaults. */
export interface AnnalsLedger extends Ledger, ConditionalAppender {
  /** Appends to several accounts at once, at any version: to fill a store. */
  appendToAccounts(deposits: ReadonlyMap<string, readonly Deposit[]>): Promise<void>
}

export async function openAnnalsLedger(url: string): Promise<AnnalsLedger> {
  const { createPostgresStore } = await import("@annals/store-postgres")
  const pool = openPool(url)
  const store: EventStore = createPostgresStore({ pool, migrate: "auto" })
  await store.migrate()
  return {
    append: async (id, deposits, expected) => {
      await store.append(accounts.stream(id), deposits.map(eventOf), { expected })
    },
    appendToAccounts: async (deposits) => {
      const appends = [...deposits].map(([id, those]) => ({
        stream: accounts.stream(id),
        events: those.map(eventOf),
      }))
      await store.appendToStreams(appends)
    },
    appendAfter: async (id, deposit, after) => {
      const query = [{ types: [deposited.type], tags: tagsOf(deposit) }]
      const { position } = await store.append(accounts.stream(id), [eventOf(deposit)], {
        condition: { query, after },
      })
      return position
    },
    readAll: async () => {
      let balance = emptyBalance
      for await (const event of store.readAll({ events: accounts.events }))
        balance = addDeposit(balance, event.data)
      return balance
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await pool.end()
    },
  }
}

function eventOf(deposit: Deposit) {
  return deposited(deposit, { metadata: metadataOf(deposit) })
}

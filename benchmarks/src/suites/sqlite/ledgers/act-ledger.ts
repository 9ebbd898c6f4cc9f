import { randomUUID } from "node:crypto"
import type { SqliteStore } from "@rotorsoft/act-sqlite"
import type { Balance } from "../../deposits/balance.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, metadataOf } from "../../deposits/deposit.ts"
import { importActSqlite } from "./import-act-sqlite.ts"
import type { Ledger } from "./ledger.ts"

type Events = { deposited: Deposit }

/** Rotorsoft's act on its SQLite store (libSQL): its store port used directly, without its cache. It has no tags and no ids of events. */
export async function createActLedger(file: string): Promise<Ledger> {
  const { SqliteStore } = await importActSqlite()
  const store = new SqliteStore({ url: `file:${file}` })
  await store.seed()
  const append = async (account: string, deposits: readonly Deposit[], expected?: number) => {
    const messages = deposits.map((data) => ({ name: "deposited" as const, data }))
    const metadata = { ...(deposits[0] && metadataOf(deposits[0])), correlation: randomUUID(), causation: {} }
    // Its versions count from 0.
    await store.commit<Events>(account, messages, metadata, expected === undefined ? undefined : expected - 1)
  }
  return {
    append,
    appendToAccounts: async (deposits) => {
      // It can't append to several streams at once.
      for (const [account, those] of deposits) await append(account, those)
    },
    load: (account) => fold(store, { stream: account, stream_exact: true }),
    readAll: () => fold(store, {}),
    [Symbol.asyncDispose]: async () => {
      await store.dispose()
    },
  }
}

async function fold(
  store: SqliteStore,
  query: { readonly stream?: string; readonly stream_exact?: boolean },
): Promise<Balance> {
  let balance = emptyBalance
  const add = (event: { readonly data: Deposit }) => {
    balance = addDeposit(balance, event.data)
  }
  await store.query<Events>(add, query)
  return balance
}

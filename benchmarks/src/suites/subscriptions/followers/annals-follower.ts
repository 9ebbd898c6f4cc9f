import type { RecordedEvent } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import { createSubscription, defineSubscription, type TransactionContext } from "@annals/subscriptions"
import type { PoolClient } from "pg"
import { additions, addToBalances, balanceTables } from "../../../bare/postgres/balance-tables.ts"
import type { Deposit } from "../../deposits/deposit.ts"
import { openAnnalsLedger } from "../../postgres/ledgers/annals-ledger.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import type { Follower } from "./follower.ts"
import { projectionPageEvents } from "./page-events.ts"

/** Annals' subscription with its defaults, and an empty handler. */
export function openAnnalsFollower(url: string): Promise<Follower> {
  return open(url, (name, handled) => defineSubscription(name, { handle: () => handled(1) }))
}

/** The same, with a transactional handler that gets a page at a time. */
export async function openAnnalsProjection(url: string): Promise<Follower> {
  return open(
    url,
    (name, handled) =>
      defineSubscription(name, {
        transactional: true,
        pageSize: projectionPageEvents,
        checkpointEvery: { events: projectionPageEvents },
        async handleBatch(events: readonly RecordedEvent[], { unitOfWork }: TransactionContext<PoolClient>) {
          const values = additions(events.map(({ data }) => data as Deposit))
          await unitOfWork.tx.query({ name: "balances", text: addToBalances, values: [name, ...values] })
          handled(events.length)
        },
      }),
    balanceTables,
  )
}

type Define = (
  name: string,
  handled: (events: number) => void,
) => ReturnType<typeof defineSubscription<PoolClient>>

async function open(url: string, define: Define, tables?: string): Promise<Follower> {
  const ledger = await openAnnalsLedger(url)
  const pool = openPool(url)
  if (tables !== undefined) await pool.query(tables)
  const store = createPostgresStore({ pool })
  let turns = 0
  return {
    append: ledger.append,
    async catchUp() {
      let handled = 0
      const definition = define(`turn-${++turns}`, (events) => {
        handled += events
      })
      const subscription = createSubscription(store, definition)
      await subscription.start()
      await subscription.waitFor(await store.head(), { timeoutMs: 600_000 })
      return { handled, end: () => subscription.stop() }
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await pool.end()
      await ledger[Symbol.asyncDispose]()
    },
  }
}

import { createPostgresStore } from "@annals/store-postgres"
import { createSubscription, defineSubscription } from "@annals/subscriptions"
import { postgreSQLEventStoreConsumer } from "@event-driven-io/emmett-postgresql"
import { BareEventTables } from "../../../bare/postgres/bare-event-tables.ts"
import { pageReader } from "../../../bare/postgres/page-reader.ts"
import type { Deposit } from "../../deposits/deposit.ts"
import { type Deposited, openEmmettLedger } from "../../postgres/ledgers/emmett-ledger.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import { pulling } from "../followers/emmett-follower.ts"
import { listenForAppends } from "./bare-notifications.ts"
import { followContiguously } from "./follow-contiguously.ts"
import type { Listener } from "./listener.ts"

/** Who takes part in the scenarios of latency; each on a new, empty database. */
export const listeners = {
  ours: openOurs,
  bare: openBare,
  emmett: openEmmett,
} satisfies Record<string, (url: string) => Promise<Listener>>

export type ListenerName = keyof typeof listeners

/** A subscription with its defaults, from the end on. */
async function openOurs(url: string): Promise<Listener> {
  const pool = openPool(url)
  const store = createPostgresStore({ pool, migrate: "auto" })
  await store.migrate()
  let turns = 0
  return {
    async listen(handle) {
      const definition = defineSubscription(`turn-${++turns}`, {
        from: "end",
        handle: ({ data }) => handle(sentAt(data)),
      })
      const subscription = createSubscription(store, definition)
      await subscription.start()
      // Standing at the end: what comes from now on is live.
      await subscription.waitFor(await store.head())
      return subscription
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await pool.end()
    },
  }
}

/** LISTEN, and a read of what is new. Writers notify. */
async function openBare(url: string): Promise<Listener> {
  const pool = openPool(url)
  await new BareEventTables(pool).create()
  let position = 0
  return {
    async listen(handle) {
      const follow = followContiguously(pageReader(pool, 500), position, ({ data, ...event }) => {
        position = event.position
        handle(sentAt(data))
      })
      return listenForAppends(url, follow)
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

async function openEmmett(url: string): Promise<Listener> {
  const ledger = await openEmmettLedger(url)
  let turns = 0
  return {
    async listen(handle) {
      const consumer = postgreSQLEventStoreConsumer({ connectionString: url, pulling })
      consumer.reactor<Deposited>({
        processorId: `turn-${++turns}`,
        startFrom: "END",
        eachMessage: ({ data }) => handle(sentAt(data)),
      })
      const running = consumer.start()
      running.catch(() => {}) // it is awaited below
      return {
        [Symbol.asyncDispose]: async () => {
          await consumer.close()
          await running
        },
      }
    },
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}

/** Noted by the writer in place of a reference. */
function sentAt(data: unknown): number {
  return Number((data as Deposit).reference)
}

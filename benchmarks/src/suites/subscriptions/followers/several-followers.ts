import type { EventStore } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import {
  createSubscription,
  createSubscriptionManager,
  defineSubscription,
  type SubscriptionDefinition,
} from "@annals/subscriptions"
import { openAnnalsLedger } from "../../postgres/ledgers/annals-ledger.ts"
import type { Open } from "../../postgres/ledgers/ledger.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import type { Follower } from "./follower.ts"

/** So many subscriptions that share a reader. */
export function openManagedFollowers(count: number): Open<Follower> {
  return (url) =>
    open(url, count, async (store, subscriptions, head) => {
      const manager = createSubscriptionManager(store, { subscriptions })
      await manager.start()
      await manager.waitFor(head, waiting)
      return () => manager.stop()
    })
}

/** So many subscriptions, each of which reads by itself. */
export function openSeparateFollowers(count: number): Open<Follower> {
  return (url) =>
    open(url, count, async (store, definitions, head) => {
      await using started = new AsyncDisposableStack()
      const subscriptions = definitions.map((definition) =>
        started.use(createSubscription(store, definition)),
      )
      await Promise.all(subscriptions.map((subscription) => subscription.start()))
      await Promise.all(subscriptions.map((subscription) => subscription.waitFor(head, waiting)))
      return async () => {
        await Promise.all(subscriptions.map((subscription) => subscription.stop()))
      }
    })
}

const waiting = { timeoutMs: 600_000 }

type Follow = (
  store: EventStore,
  definitions: readonly SubscriptionDefinition[],
  head: number,
) => Promise<() => Promise<void>>

async function open(url: string, count: number, follow: Follow): Promise<Follower> {
  const ledger = await openAnnalsLedger(url)
  const pool = openPool(url)
  const store: EventStore = createPostgresStore({ pool })
  let turns = 0
  return {
    append: ledger.append,
    async catchUp() {
      const turn = ++turns
      const handled = Array.from({ length: count }, () => 0)
      const definitions = handled.map((_, index) =>
        defineSubscription(`turn-${turn}-${index}`, {
          handle: () => {
            handled[index] = (handled[index] as number) + 1
          },
        }),
      )
      const end = await follow(store, definitions, await store.head())
      return { handled: Math.min(...handled), end }
    },
    [Symbol.asyncDispose]: async () => {
      await store.close()
      await pool.end()
      await ledger[Symbol.asyncDispose]()
    },
  }
}

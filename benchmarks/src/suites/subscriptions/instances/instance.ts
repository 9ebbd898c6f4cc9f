// node instance.ts URL: an instance of a subscription; started by an instance group, and ends with it.
import { setTimeout as delay } from "node:timers/promises"
import { type RecordedEvent, slotCount } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import {
  createSubscription,
  defineSubscription,
  type Subscription,
  type TransactionContext,
} from "@annals/subscriptions"
import type { PoolClient } from "pg"
import { additions, addToBalances } from "../../../bare/postgres/balance-tables.ts"
import type { Deposit } from "../../deposits/deposit.ts"
import { openPool } from "../../postgres/ledgers/pool.ts"
import type { InstanceReport, InstanceRequest } from "./instance-messages.ts"

/** They share the slots out as often as they are heard of, which isn't what is measured. */
const leaseTtlMs = 1_500

const pool = openPool(process.argv[2] as string)
const store = createPostgresStore({ pool })
let subscription: Subscription | undefined
let handled = 0

async function join(name: string, instances: number): Promise<void> {
  handled = 0
  const definition = defineSubscription(name, {
    instances: "shared",
    transactional: true,
    async handle({ data }: RecordedEvent, { unitOfWork }: TransactionContext<PoolClient>) {
      const values = additions([data as Deposit])
      await unitOfWork.tx.query({ name: "balances", text: addToBalances, values: [name, ...values] })
      handled++
    },
  })
  subscription = createSubscription(store, definition, { leaseTtlMs })
  const started = subscription.start()
  subscription.pause()
  await started
  // An equal share, as far as that goes in whole blocks.
  while (subscription.status().slots < (slotCount / instances) * 0.9) await delay(5)
}

async function obey(request: InstanceRequest): Promise<void> {
  switch (request.type) {
    case "join":
      return join(request.subscription, request.instances)
    case "go":
      subscription?.resume()
      return subscription?.waitFor(await store.head(), { timeoutMs: 600_000 })
    case "leave":
      return subscription?.stop()
    default:
      return request satisfies never
  }
}

process.on("message", async (request: InstanceRequest) => {
  await obey(request)
  process.send?.({ handled } satisfies InstanceReport)
})
process.once("disconnect", async () => {
  await store.close()
  await pool.end()
})

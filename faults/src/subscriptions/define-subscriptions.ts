import type { RecordedEvent } from "@annals/core"
import {
  defineSubscription,
  projectionSubscription,
  type SubscriptionDefinition,
  type TransactionContext,
} from "@annals/subscriptions"
import type { PoolClient } from "pg"
import { defineRebuilt } from "./define-rebuilt.ts"
import { handleEvent, type ModelWork } from "./handle-event.ts"
import { tablesOf } from "./read-model.ts"
import type { ProjectionSettings, SubscriptionName } from "./round-plan.ts"

/** The subscriptions of a round, the same in every instance. */
export function defineSubscriptions(
  settings: ProjectionSettings,
  work: ModelWork,
): SubscriptionDefinition<PoolClient>[] {
  return [
    define("steady", settings, work),
    define("parking", settings, work),
    projectionSubscription(defineRebuilt(work), commonSettings("rebuilt", settings)),
  ]
}

function define(
  name: "steady" | "parking",
  settings: ProjectionSettings,
  work: ModelWork,
): SubscriptionDefinition<PoolClient> {
  const tables = tablesOf(work.modelSchema, name)
  const handle = (event: RecordedEvent, { unitOfWork: { tx } }: TransactionContext<PoolClient>) =>
    handleEvent(name, event, tx, tables, work)
  const common = { ...commonSettings(name, settings), transactional: true } as const
  if (!settings.batches) return defineSubscription(name, { ...common, handle })
  return defineSubscription(name, {
    ...common,
    handleBatch: async (events: readonly RecordedEvent[], context: TransactionContext<PoolClient>) => {
      for (const event of events) await handle(event, context)
    },
  })
}

function commonSettings(
  name: SubscriptionName,
  { instances, pageSize, checkpointEvents }: ProjectionSettings,
) {
  return {
    instances: instances[name],
    onFailure: name === "parking" ? "park" : "stop",
    // Who comes back and who took over may meet in a deadlock; that must not stop anybody.
    retry: name === "parking" ? { attempts: 2, delayMs: 5 } : { attempts: 20, delayMs: 20, maxDelayMs: 200 },
    pageSize,
    checkpointEvery: { events: checkpointEvents, ms: 50 },
  } as const
}

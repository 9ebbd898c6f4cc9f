import type { RecordedEvent } from "@annals/core"
import {
  defineSubscription,
  type SubscriptionDefinition,
  type TransactionContext,
} from "@annals/subscriptions"
import type { ClientBase } from "pg"
import type { Pauses } from "./pauses.ts"
import type { ModelWriter, Project } from "./read-model.ts"
import { type ProjectionSettings, type SubscriptionName, subscriptionNames } from "./round-plan.ts"

/** What handlers write, where, and when they are made to wait. */
export interface ModelWork {
  readonly modelSchema: string
  readonly instance: string
  readonly project: Project
  readonly pauses: Pauses
  readonly handled: () => void
}

/** The subscriptions of a round, the same in every instance. */
export function defineSubscriptions(
  settings: ProjectionSettings,
  work: ModelWork,
): SubscriptionDefinition<ClientBase>[] {
  return subscriptionNames.map((name) => define(name, settings, work))
}

function define(
  name: SubscriptionName,
  { batches, instances, pageSize, checkpointEvents }: ProjectionSettings,
  work: ModelWork,
): SubscriptionDefinition<ClientBase> {
  const { modelSchema: schema, instance, project, pauses, handled } = work
  const writer: ModelWriter = { schema, subscription: name, instance }
  const handle = async (event: RecordedEvent, { unitOfWork: { tx } }: TransactionContext<ClientBase>) => {
    await pauses.at(name, "before-writes", tx)
    await project(tx, event, writer)
    handled()
    await pauses.at(name, "in-transaction", tx)
    await pauses.at(name, "at-commit", tx)
  }
  const common = {
    instances: instances[name],
    onFailure: name === "parking" ? "park" : "stop",
    // Who comes back and who took over may meet in a deadlock; that must not stop anybody.
    retry: name === "parking" ? { attempts: 2, delayMs: 5 } : { attempts: 20, delayMs: 20, maxDelayMs: 200 },
    pageSize,
    checkpointEvery: { events: checkpointEvents, ms: 50 },
    transactional: true,
  } as const
  if (!batches) return defineSubscription(name, { ...common, handle })
  return defineSubscription(name, {
    ...common,
    handleBatch: async (events: readonly RecordedEvent[], context: TransactionContext<ClientBase>) => {
      for (const event of events) await handle(event, context)
    },
  })
}

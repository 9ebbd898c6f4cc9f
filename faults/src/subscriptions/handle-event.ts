import type { RecordedEvent } from "@annals/core"
import type { PoolClient } from "pg"
import type { Pauses } from "./pauses.ts"
import type { ModelTables, Project } from "./read-model.ts"
import type { SubscriptionName } from "./round-plan.ts"

/** What handlers write, where, and when they are made to wait. */
export interface ModelWork {
  readonly modelSchema: string
  readonly instance: string
  readonly project: Project
  readonly pauses: Pick<Pauses, "at">
  readonly handled: () => void
}

/** Puts an event into a read model, and waits where a fault is to strike. */
export async function handleEvent(
  name: SubscriptionName,
  event: RecordedEvent,
  tx: PoolClient,
  tables: ModelTables,
  { modelSchema: schema, instance, project, pauses, handled }: ModelWork,
): Promise<void> {
  await pauses.at(name, "before-writes", tx)
  await project(tx, event, { subscription: name, schema, tables, instance })
  handled()
  await pauses.at(name, "in-transaction", tx)
  await pauses.at(name, "at-commit", tx)
}

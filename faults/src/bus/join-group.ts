import type { DatabaseSync } from "node:sqlite"
import {
  type BusConsumer,
  type DeadLetterStore,
  type EventBus,
  type InboxContext,
  type RecordedEvent,
  subscribeWithInbox,
  type TransactionalStore,
} from "@annals/core"
import type { SqliteStore } from "@annals/store-sqlite"
import { isPoison, writeEffect } from "./effects.ts"
import { type GroupName, groups, retry } from "./groups.ts"
import type { CallMessage } from "./messages.ts"
import type { Pauses } from "./pauses.ts"
import type { PlannedEvent } from "./round-plan.ts"

/** What handlers write, where, and when they are made to wait. */
export interface ConsumerWork {
  readonly store: SqliteStore
  /** Who writes, for people. */
  readonly name: string
  readonly pauses: Pick<Pauses, "around" | "writing">
  readonly tell: (message: CallMessage) => Promise<void>
  /** Tests put broken ones in its place. */
  readonly withInbox?: typeof subscribeWithInbox
}

/** Starts a consumer of a group. */
export function joinGroup(
  bus: Pick<EventBus, "subscribe">,
  group: GroupName,
  work: ConsumerWork,
): Promise<BusConsumer> {
  const { order, inbox } = groups[group]
  const store = pausingStore(group, work)
  const handle = (
    event: RecordedEvent,
    context: Pick<InboxContext<DatabaseSync>, "attempt" | "unitOfWork">,
  ) => takeEvent(group, event, context, work)
  const settings = {
    group,
    order,
    retry,
    ...(order === "stream" && { deadLetters: pausingDeadLetters(work) }),
  }
  if (inbox) {
    const { withInbox = subscribeWithInbox } = work
    return withInbox(bus, { ...settings, store, source: "faults", handler: handle })
  }
  return bus.subscribe({
    ...settings,
    handler: (event, { attempt, signal }) =>
      store.transaction((unitOfWork) => handle(event, { attempt, unitOfWork }), { signal }),
  })
}

/** Takes an event, or fails to. */
async function takeEvent(
  group: GroupName,
  event: RecordedEvent,
  { attempt, unitOfWork: { tx } }: Pick<InboxContext<DatabaseSync>, "attempt" | "unitOfWork">,
  { name, tell }: ConsumerWork,
): Promise<void> {
  if (attempt > 1) void tell({ type: "retried", group, eventId: event.id, attempt })
  const { failures } = event.data as Pick<PlannedEvent, "failures">
  if (attempt <= (failures[group] ?? 0) || isPoison(tx, group, event.id)) {
    await tell({ type: "failing", group, eventId: event.id })
    throw new Error(`${group} can't take ${event.id} yet`)
  }
  writeEffect(tx, group, event, name)
}

/** The store, but that its transactions wait where a fault is to strike. */
function pausingStore(
  group: GroupName,
  { store, pauses, tell }: ConsumerWork,
): TransactionalStore<DatabaseSync> {
  return {
    within: (tx) => store.within(tx),
    transaction: (work, options) =>
      pauses.around(group, async (inEffect) => {
        const result = await store.transaction(async (unitOfWork) => {
          const done = await work(unitOfWork)
          await inEffect()
          return done
        }, options)
        void tell({ type: "handled", group })
        return result
      }),
  }
}

/** Dead letters, of which the same is true. */
function pausingDeadLetters({ store: { deadLetters }, pauses }: ConsumerWork): DeadLetterStore {
  return {
    list: (filter) => deadLetters.list(filter),
    parkedStreams: (source) => deadLetters.parkedStreams(source),
    park: (...entries) => pauses.writing(() => deadLetters.park(...entries)),
    requeue: (...streams) => pauses.writing(() => deadLetters.requeue(...streams)),
    replayFailed: (...failed) => pauses.writing(() => deadLetters.replayFailed(...failed)),
    remove: (...entries) => pauses.writing(() => deadLetters.remove(...entries)),
  }
}

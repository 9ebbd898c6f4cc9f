import { AsyncLocalStorage } from "node:async_hooks"
import type { EventMetadata, RecordedEvent } from "../events/event.ts"

/** What flows along with asynchronous work: metadata for the events made in it, and the stores whose unit of work is open around it. */
interface Context {
  readonly metadata: EventMetadata
  readonly openUnits: readonly OpenUnit[]
}

interface OpenUnit {
  readonly store: object
  /** Work that it set off may go on when it has ended. */
  ended: boolean
}

const emptyContext: Context = { metadata: {}, openUnits: [] }

/** The only module-level state of Annals. */
const storage = new AsyncLocalStorage<Context>()

const current = (): Context => storage.getStore() ?? emptyContext

/**
 * Runs `run` so that every event appended in it, also asynchronously, gets this metadata, on top of what the context around it gives.
 *
 * @example
 * await withContext({ actor: user.id, correlationId: request.id }, () => accounts.execute("alice", "deposit", { cents: 500 }))
 */
export function withContext<Result>(metadata: EventMetadata, run: () => Result): Result {
  const context = current()
  return storage.run({ ...context, metadata: { ...context.metadata, ...metadata } }, run)
}

/** Runs `run` as a consequence of an event: what is appended in it carries the event's correlation, and the event as its cause. */
export function causedBy<Result>(event: Pick<RecordedEvent, "id" | "metadata">, run: () => Result): Result {
  return withContext({ correlationId: event.metadata.correlationId ?? event.id, causationId: event.id }, run)
}

/** Runs `run` as a consequence of nothing: what is appended in it gets no metadata from the context around it. */
export function causedByNothing<Result>(run: () => Result): Result {
  return storage.run({ ...current(), metadata: {} }, run)
}

/** The metadata that the current context gives to events. */
export function currentMetadata(): EventMetadata {
  return current().metadata
}

/** Marks, for the asynchronous work in `run`, that a unit of work of this store is open around it, until `run` is over. */
export async function insideUnitOfWork<Result>(
  store: object,
  run: () => Result | PromiseLike<Result>,
): Promise<Result> {
  const context = current()
  const unit: OpenUnit = { store, ended: false }
  try {
    return await storage.run({ ...context, openUnits: [...context.openUnits, unit] }, run)
  } finally {
    unit.ended = true
  }
}

/** Whether a unit of work of this store is open around the current work. */
export function isInsideUnitOfWork(store: object): boolean {
  return current().openUnits.some((unit) => unit.store === store && !unit.ended)
}

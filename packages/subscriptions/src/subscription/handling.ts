import type { NewEvent, Recorded, RecordedEvent, UnitOfWork } from "@annals/core"

/** What a handler is told besides what it handles. */
export interface HandlerContext {
  /** The subscription's name. */
  readonly subscription: string
  /** From 1; counts again for every event (or batch). */
  readonly attempt: number
  /** Aborted when the handler's deadline is over, and when the subscription is stopped and the handler didn't finish in time. */
  readonly signal: AbortSignal
  /** `true`: the event had been parked, and is handled now because somebody requeued it. */
  readonly replayed: boolean
}

/** What a transactional handler is told. */
export interface TransactionContext<Tx = unknown> extends HandlerContext {
  /**
   * The transaction in which the checkpoint advances: what is written through it takes effect exactly once. It may hold several events, and
   * it is rolled back and run again when one of them fails: do nothing in it that a rollback doesn't undo.
   */
  readonly unitOfWork: UnitOfWork<Tx>
}

/** What a subscription does with events: exactly one of these handlers. */
export type HandlerOptions<Event extends NewEvent, Tx> =
  | EventHandler<Event>
  | BatchHandler<Event>
  | TransactionalEventHandler<Event, Tx>
  | TransactionalBatchHandler<Event, Tx>

/** At least once: the checkpoint is saved after the handler is through, every so many events or milliseconds. */
export interface EventHandler<Event extends NewEvent> {
  readonly handle: (event: Recorded<Event>, context: HandlerContext) => void | PromiseLike<void>
  readonly handleBatch?: undefined
  readonly transactional?: false
}

/** At least once, several events at a time, in order. A failed batch is tried again event by event. */
export interface BatchHandler<Event extends NewEvent> {
  readonly handleBatch: (
    events: readonly Recorded<Event>[],
    context: HandlerContext,
  ) => void | PromiseLike<void>
  readonly handle?: undefined
  readonly transactional?: false
}

/** Exactly once in effect: what it writes through its unit of work commits together with the checkpoint. */
export interface TransactionalEventHandler<Event extends NewEvent, Tx> {
  readonly handle: (event: Recorded<Event>, context: TransactionContext<Tx>) => void | PromiseLike<void>
  readonly handleBatch?: undefined
  readonly transactional: true
}

/** Exactly once in effect, several events at a time. */
export interface TransactionalBatchHandler<Event extends NewEvent, Tx> {
  readonly handleBatch: (
    events: readonly Recorded<Event>[],
    context: TransactionContext<Tx>,
  ) => void | PromiseLike<void>
  readonly handle?: undefined
  readonly transactional: true
}

/** The same, without the types of its events. */
export type Handling<Tx> = {
  readonly unit: "event" | "batch"
} & (
  | { readonly transactional: false; readonly run: RunHandler<HandlerContext> }
  | { readonly transactional: true; readonly run: RunHandler<TransactionContext<Tx>> }
)

/** With unit `"event"` it gets one event at a time. */
export type RunHandler<Context extends HandlerContext> = (
  events: readonly RecordedEvent[],
  context: Context,
) => void | PromiseLike<void>

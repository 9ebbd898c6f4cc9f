/**
 * What is going on, told to an observer. `metadata` is writable until the events are recorded or the messages sent:
 * there a tracer puts its context.
 */
export interface Operation {
  readonly name: OperationName
  /** The backend: `"sqlite"`, `"kafka"`, …. */
  readonly system?: string
  /** The topic, of what a bus does. */
  readonly destination?: string
  readonly tenant?: string
  readonly category?: string
  readonly streamId?: string
  /** Aggregate, subscription, projection or consumer group. */
  readonly subject?: string
  readonly command?: string
  readonly eventTypes?: readonly string[]
  /** Of a `read` and a `page`: known when it is over, and `undefined` while it runs. */
  eventCount?: number
  /** Metadata of the event that is being handled, or those of the page. */
  readonly causes?: readonly Readonly<Record<string, unknown>>[]
  /** What the observer of the publisher put into its operation's `metadata`, brought here by the bus. */
  readonly sent?: Readonly<Record<string, string>>
  /** Goes into every event that this operation records. */
  readonly metadata: Record<string, string>
}

/** What kinds of operation an observer sees. */
export type OperationName =
  | "append"
  | "read"
  | "load"
  | "execute"
  | "snapshot"
  | "page"
  | "handle"
  | "project"
  | "relay"
  | "publish"
  | "receive"
  | "retry"
  | "park"
  | "lease"

/** A number worth keeping. The name says the unit where it isn't a count. */
export interface Measurement {
  readonly name: MeasurementName
  readonly value: number
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/**
 * What is measured. Counts grow by their value: `bus.*` have the attributes `bus`, `topic`, and but for `published` `group`; `subscription.*`
 * have `subscription`, `outbox.*` have `relay`, both the `tenant` if their store has one; `snapshot.*` have `subject`, and `snapshot.missed` has a
 * `reason`. As they are now: `*.lag.ms`, the age of the oldest event or message that waits; `subscription.lag.positions`, how far it is behind the end of
 * the log, gaps and events of others counted; `subscription.rate`, events a second; `subscription.slots`, those that this instance holds.
 */
export type MeasurementName =
  | "bus.published"
  | "bus.handled"
  | "bus.failed"
  | "bus.retried"
  | "bus.parked"
  | "subscription.handled"
  | "subscription.failed"
  | "subscription.retried"
  | "subscription.parked"
  | "subscription.lag.ms"
  | "subscription.lag.positions"
  | "subscription.rate"
  | "subscription.slots"
  | "subscription.slots.gained"
  | "subscription.slots.lost"
  | "outbox.sent"
  | "outbox.failed"
  | "outbox.retried"
  | "outbox.parked"
  | "outbox.lag.ms"
  | "snapshot.hit"
  | "snapshot.missed"
  | "snapshot.taken"
  | "snapshot.failed"
  | "snapshot.dropped"
  | "snapshot.verified"

/** Sees every operation, around its run, and every measurement. `@annals/telemetry` implements it. */
export interface Observer {
  /** Must call `run` exactly once, before anything that it waits for, and return its result: else calls would overtake one another. */
  around<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result>
  record(measurement: Measurement): void
}

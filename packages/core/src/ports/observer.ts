/**
 * What is going on, told to an observer. `metadata` is writable until the events are recorded or the messages sent:
 * there a tracer puts its context.
 */
export interface Operation {
  readonly name: OperationName
  /** The backend: `"sqlite"`, `"kafka"`, …. */
  readonly system?: string
  readonly tenant?: string
  readonly category?: string
  readonly streamId?: string
  /** Aggregate, subscription, projection or consumer group. */
  readonly subject?: string
  readonly command?: string
  readonly eventTypes?: readonly string[]
  readonly eventCount?: number
  /** Metadata of the event that is being handled, or those of the page. */
  readonly causes?: readonly Readonly<Record<string, unknown>>[]
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

/** A number worth keeping. The name says the unit, such as `append.conflicts` or `subscription.lag.ms`. */
export interface Measurement {
  readonly name: string
  readonly value: number
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** Sees every operation, around its run, and every measurement. `@annals/telemetry` implements it. */
export interface Observer {
  /** Must call `run` exactly once, before anything that it waits for, and return its result: else calls would overtake one another. */
  around<Result>(operation: Operation, run: () => Promise<Result>): Promise<Result>
  record(measurement: Measurement): void
}

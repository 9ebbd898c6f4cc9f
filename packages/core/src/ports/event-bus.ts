import type { NewEvent, Recorded, RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import type { DeadLetterStore } from "./dead-letter-store.ts"

/** Carries recorded events to other processes and services, at least once to each consumer group. */
export interface EventBus extends AsyncDisposable {
  readonly name: string
  /** Resolves when the bus has all of them; order is kept. After a failure nothing behind it was sent. */
  publish(events: readonly RecordedEvent[], options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Starts a consumer. Resolves when it is ready to receive. */
  subscribe<Event extends NewEvent = NewEvent>(options: ConsumerOptions<Event>): Promise<BusConsumer>
  close(): Promise<void>
}

/** Which events a consumer takes, and how it handles them. */
export interface ConsumerOptions<Event extends NewEvent = NewEvent> {
  /** Consumers of one group share its events; each group gets all. */
  readonly group: string
  readonly handler: (event: Recorded<Event>, context: ConsumerContext) => void | PromiseLike<void>
  readonly types?: readonly string[]
  readonly categories?: readonly string[]
  readonly events?: EventSet<Event>
  /** Default `fail`: the event counts as failed. */
  readonly unreadable?: ReadPolicy
  /**
   * `"stream"` (default): events of one stream are handled in order; a failing event holds back its stream only.
   * `"none"`: a failing event is retried later and blocks nothing.
   */
  readonly order?: "stream" | "none"
  readonly retry?: RetryOptions
  /** With `order: "stream"`: where a stream parks after the last attempt. Without one the consumer stops. */
  readonly deadLetters?: DeadLetterStore
  /** Events in flight at a time. Default 100. */
  readonly maxInFlight?: number
}

/** How often a failing event is tried, and how long apart. */
export interface RetryOptions {
  /** Including the first. Default 5. */
  readonly attempts?: number
  /** Before the second attempt; doubles each time, with jitter. Default 100. */
  readonly delayMs?: number
  /** Default 30,000. */
  readonly maxDelayMs?: number
}

/** What a handler is told besides the event. */
export interface ConsumerContext {
  readonly group: string
  /** From 1. */
  readonly attempt: number
  /** Aborted when the consumer stops. */
  readonly signal: AbortSignal
}

/** A running consumer of a bus. */
export interface BusConsumer extends AsyncDisposable {
  readonly group: string
  /** Resolves when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>
  pause(): void
  resume(): void
  status(): ConsumerStatus
  /** Dead letters of the group, in the broker or in the `DeadLetterStore`. */
  readonly deadLetters: BusDeadLetters
  /** Takes no more events, waits for those in flight, and leaves the group. */
  stop(): Promise<void>
}

/** How a consumer is doing; the counts are since it started. */
export interface ConsumerStatus {
  readonly state: "running" | "paused" | "stopping" | "stopped" | "failed"
  readonly handled: number
  readonly failed: number
  readonly retried: number
  readonly parked: number
  readonly inFlight: number
  readonly lastError: unknown
}

/** The dead letters of a consumer group. */
export interface BusDeadLetters {
  list(options?: { readonly limit?: number }): Promise<readonly BusDeadLetter[]>
  /** Hands them to the group again, in order; all, or those with these event ids. Returns how many. */
  replay(eventIds?: readonly string[]): Promise<number>
  discard(eventIds: readonly string[]): Promise<number>
}

/** An event that a consumer group could not take. */
export interface BusDeadLetter {
  readonly event: RecordedEvent
  readonly message: string
  readonly attempts: number
  /** Epoch milliseconds. */
  readonly failedAt: number
}

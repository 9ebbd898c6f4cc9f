import type { NewEvent, Recorded, RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import type { DeadLetterStore } from "./dead-letter-store.ts"

/** Carries recorded events to other processes and services, at least once to each consumer group. */
export interface EventBus extends AsyncDisposable {
  /** The backend: `"memory"`, `"redis"`, `"rabbitmq"` or `"kafka"`. */
  readonly name: string
  readonly capabilities: BusCapabilities
  /**
   * Resolves when the bus has all of them, as safely as it is set up to keep them. Calls are sent in the order in which they are made, and
   * events in the order in which they are given. When it rejects, some of the events may have been sent: publish all of them again, in the same order.
   *
   * Rejects with `EVENT_TOO_LARGE` or `INVALID_VALUE` before anything is sent, with `BUS_UNAVAILABLE` (`retryable`) when the broker can't be reached,
   * with `BUS_FAILED` when it refuses, and with `CLOSED`.
   */
  publish(events: readonly RecordedEvent[], options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Starts a consumer. Resolves when it is ready to receive: whatever is published from then on reaches its group. */
  subscribe<Event extends NewEvent = NewEvent>(options: ConsumerOptions<Event>): Promise<BusConsumer>
  /**
   * Creates a group, unless it is there, so that the bus keeps for it what is published from then on although it has no consumers yet: a step of a deployment, before
   * the first publisher starts. A group's first `subscribe` does the same.
   */
  createGroup(group: string, options?: Pick<ConsumerOptions, "order" | "from">): Promise<void>
  /** The dead letters of a group, also where no consumer runs here. `deadLetters`: where the group parks, if its order is `"stream"`. */
  deadLetters(group: string, options?: DeadLettersOptions): BusDeadLetters
  /**
   * Removes a group that is no longer needed, with all that the bus keeps for it: what it hasn't handled, its retries, its dead letters in the broker. Until then
   * the bus keeps events for it, also while it has no consumers. Rejects with `BUS_FAILED` while it has consumers.
   */
  removeGroup(group: string): Promise<void>
  status(): BusStatus
  /** Asks the broker. Never rejects. Unhealthy: it doesn't answer, a consumer of this handle has failed or can't reach it, or the bus is closed. */
  health(): Promise<BusHealth>
  /** Stops all consumers of this handle, waits for what is being published, and closes the connections. */
  close(): Promise<void>
}

/** What can differ between buses, with its consequence. Conformance suites skip only by these. */
export interface BusCapabilities {
  /** Events outlive the process. */
  readonly durable: boolean
  /** Several processes may share one bus. */
  readonly multiProcess: boolean
  /** The bus keeps events that no group was waiting for, so that a new group can have them: `from: "earliest"`. */
  readonly keepsHistory: boolean
  /** With `order: "stream"`, an event's failed attempts are still counted after its consumer has died. */
  readonly countsAttempts: boolean
}

/** Which events a consumer takes, and how it handles them. */
export interface ConsumerOptions<Event extends NewEvent = NewEvent> {
  /**
   * Consumers of one group share its events; each group gets all. Latin letters, digits, `.`, `_` and `-`, at most 100. A group exists from its first
   * `subscribe` on, and from then on is kept what it is sent, also while it has no consumers.
   */
  readonly group: string
  readonly handler: (event: Recorded<Event>, context: ConsumerContext) => void | PromiseLike<void>
  /** Only these types. `*` stands for any characters: `"order-*"`. The consumers of a group must agree. Default: all. */
  readonly types?: readonly string[]
  /** Only events of streams of these categories. `*` stands for any characters. Default: all. */
  readonly categories?: readonly string[]
  /** The types that the handler knows, by which events are upcast. Default: any type, as it came. */
  readonly events?: EventSet<Event>
  /** What is done with an event that is of none of `events`, or can't be read. Default `fail`: it counts as failed, for good. */
  readonly unreadable?: ReadPolicy
  /**
   * `"stream"` (default): events of one stream are handled in order; a failing event holds back its stream only.
   * `"none"`: a failing event is retried later, through the broker, and blocks nothing. Refused with `INVALID_OPTION` where the group has the other order.
   */
  readonly order?: "stream" | "none"
  readonly retry?: RetryOptions
  /** With `order: "stream"`: where a stream parks after the last attempt. Without one the consumer stops. */
  readonly deadLetters?: DeadLetterStore
  /** Events being handled at a time, those that wait out a backoff among them. Default 100. */
  readonly maxInFlight?: number
  /** Events held ready beyond those. Bounds memory; more is faster. Default 1,000. */
  readonly prefetch?: number
  /**
   * What a group that doesn't exist yet gets: what is published from now on (`"now"`, default), or all that the bus still has (`"earliest"`), where it
   * keeps a history; elsewhere that is refused with `INVALID_OPTION`.
   */
  readonly from?: "now" | "earliest"
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
  readonly order: "stream" | "none"
  /** From 1. */
  readonly attempt: number
  /** Aborted when the consumer stops, or when the event isn't its own any more because another consumer has taken over. */
  readonly signal: AbortSignal
}

/** A running consumer of a bus. */
export interface BusConsumer extends AsyncDisposable {
  readonly group: string
  /** Resolves when it has stopped; rejects with what stopped it. */
  readonly done: Promise<void>
  /** Takes no more events; keeps those that it has. */
  pause(): void
  resume(): void
  status(): ConsumerStatus
  /** How many events the broker has for the group that aren't acknowledged yet, dead letters left out. Rejects with `BUS_UNAVAILABLE`. */
  lag(): Promise<number>
  /** Dead letters of the group, in the broker or in the `DeadLetterStore`. */
  readonly deadLetters: BusDeadLetters
  /** Takes no more events, waits for those in flight, gives the others back, and leaves the group. */
  stop(): Promise<void>
}

/** How a consumer is doing; the counts are since it started. */
export interface ConsumerStatus {
  readonly group: string
  /** `disconnected`: the broker can't be reached; it goes on by itself when it can. */
  readonly state: "running" | "paused" | "disconnected" | "stopping" | "stopped" | "failed"
  readonly handled: number
  readonly failed: number
  readonly retried: number
  /** Events that became dead letters, those that only wait behind one among them. */
  readonly parked: number
  readonly inFlight: number
  readonly lastError: unknown
}

/** How a handle of a bus is doing; the counts are since it was made. */
export interface BusStatus {
  readonly state: "open" | "closed"
  readonly published: number
  /** Calls of `publish` that were rejected. */
  readonly rejected: number
  readonly lastError: unknown
  readonly consumers: readonly ConsumerStatus[]
}

/** Whether a bus does its work. */
export interface BusHealth {
  readonly healthy: boolean
  /** What is wrong, a sentence each, fit for a log: without secrets. */
  readonly problems: readonly string[]
}

/** Where the dead letters of a group are, and how they are read. */
export interface DeadLettersOptions {
  /** Where a group with `order: "stream"` parks. Left out: those that the broker keeps, which only groups with `order: "none"` have. */
  readonly deadLetters?: DeadLetterStore
  /** Default: events are shown as they came. */
  readonly events?: EventSet
}

/** The dead letters of a consumer group. */
export interface BusDeadLetters {
  list(options?: { readonly limit?: number }): Promise<readonly BusDeadLetter[]>
  /** Hands them to the group again, in order; all, or those with these event ids. Returns how many. */
  replay(eventIds?: readonly string[]): Promise<number>
  /** Gives them up. With order `"stream"` what waited behind them in their streams is replayed. Returns how many there were. */
  discard(eventIds: readonly string[]): Promise<number>
}

/** An event that a consumer group could not take. */
export interface BusDeadLetter {
  readonly event: RecordedEvent
  /** What the last error said. */
  readonly message: string
  /** Its code, or the error's name. */
  readonly code: string
  readonly attempts: number
  /** Epoch milliseconds. */
  readonly failedAt: number
}

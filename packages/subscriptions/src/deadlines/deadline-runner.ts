import type { StopOptions } from "../subscription/subscription.ts"

/**
 * Watches over the deadlines of a store and records the event of each that is over, for its process manager to read. Any number of runners, in any
 * number of processes, may watch over the same store: each event is recorded once.
 */
export interface DeadlineRunner extends AsyncDisposable {
  readonly name: "deadlines"
  readonly kind: "deadlines"
  /** Resolves when what is over is recorded; rejects with what kept the store from opening. Once stopped or failed it can be started again. */
  start(): Promise<void>
  /** Resolves when it has stopped; rejects with `SUBSCRIPTION_FAILED` when the store was closed. A new promise after each start. */
  readonly done: Promise<void>
  /** Records nothing more after the deadline that it is at. */
  pause(): void
  resume(): void
  /** Resolves when the deadline that it is at is recorded, at the latest after `timeoutMs` (default 10,000). */
  stop(options?: StopOptions): Promise<void>
  status(): DeadlineStatus
}

/** How a deadline runner is doing in this process; counts are since it was created. */
export interface DeadlineStatus {
  readonly name: "deadlines"
  readonly kind: "deadlines"
  /** As of a subscription. `live`: it waits for the next deadline. */
  readonly state: "stopped" | "failed" | "live" | "retrying" | "paused" | "stopping"
  /** Deadlines whose events it recorded. */
  readonly handled: number
  /** Attempts to record one, or to look for some, that failed. All are made again. */
  readonly failed: number
  /** Epoch milliseconds of the next deadline, as last seen; `undefined`: there is none. */
  readonly nextDueAt: number | undefined
  /** Epoch milliseconds of the last look; `undefined`: none yet. */
  readonly activeAt: number | undefined
  readonly lastError: unknown
}

/** How a deadline runner looks for deadlines. */
export interface DeadlineRunnerOptions {
  /**
   * How often it looks by itself: within that time, deadlines are found that no wake-up told of, and clocks that were set. At most 2^31 - 1. Each look
   * costs a query for a row. Default 5,000.
   */
  readonly pollIntervalMs?: number
}

import type { Position } from "@annals/core"
import type { SubscriptionDeadLetters } from "../dead-letters/subscription-dead-letters.ts"
import type { SubscriptionKind } from "./subscription-definition.ts"

/** A subscription of this process: one instance of possibly several. */
export interface Subscription extends AsyncDisposable {
  readonly name: string
  readonly kind: SubscriptionKind
  /**
   * Begins to read. Resolves when it runs or stands by; rejects with `INVALID_OPTION`, or what kept the store from opening. Once stopped or failed
   * it can be started again, and goes on from its checkpoint.
   */
  start(): Promise<void>
  /** Resolves when it has stopped; rejects with `SUBSCRIPTION_FAILED`, whose `cause` is what stopped it. A new promise after each start. */
  readonly done: Promise<void>
  /** Handles nothing more after the handler that runs, and saves the checkpoint. Keeps its place among the instances. Before a start: it starts paused. */
  pause(): void
  resume(): void
  /**
   * Lets the handler that runs finish, saves the checkpoint and leaves the other instances what it had. A backoff, a poll or a pause ends at once.
   * A handler that takes longer than `timeoutMs` (default 10,000) is left behind with its signal aborted: nothing of it is committed. Not to be awaited in the subscription's own handler, for whose end it waits.
   */
  stop(options?: StopOptions): Promise<void>
  status(): SubscriptionStatus
  /** Asks the store how far behind this subscription is, all instances together. */
  lag(): Promise<SubscriptionLag>
  /**
   * Resolves when every event up to this position, of all instances' streams, has been handled or parked: read your writes.
   * With `undefined`, which is what a command that appended nothing has for a position, it resolves at once.
   * Rejects with `WAIT_TIMEOUT`, `SUBSCRIPTION_FAILED`, `CLOSED` (stopped meanwhile) or the signal's reason.
   *
   * @example
   * const keeping = createSubscription(store, projectionSubscription(balances))
   * await keeping.start()
   * const { position } = await store.append(accounts.stream("alice"), [deposited({ cents: 500 })])
   * await keeping.waitFor(position)
   */
  waitFor(position: Position | number | undefined, options?: WaitOptions): Promise<void>
  readonly deadLetters: SubscriptionDeadLetters
}

/** How long to wait for a stop. */
export interface StopOptions {
  /** Default 10,000. */
  readonly timeoutMs?: number
}

/** How long to wait for a position. */
export interface WaitOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * - `stopped`: not started, or stopped; `failed`: an error ended it, see `lastError`;
 * - `standing-by`: other instances have it all;
 * - `catching-up`: there is more to read; `live`: at the end, waiting for what comes;
 * - `retrying`: in a backoff after an error; `paused`, `stopping`.
 */
export type SubscriptionState =
  | "stopped"
  | "failed"
  | "standing-by"
  | "catching-up"
  | "live"
  | "retrying"
  | "paused"
  | "stopping"

/** How a subscription is doing in this process; counts are since it was created. */
export interface SubscriptionStatus {
  readonly name: string
  readonly kind: SubscriptionKind
  readonly state: SubscriptionState
  /** This instance, among those of the same name. */
  readonly instance: string
  /** How many of the 1,024 slots this instance has. */
  readonly slots: number
  /** Everything up to here is handled, in the slots of this instance; `undefined`: it has none. */
  readonly position: number | undefined
  /** The end of the log as last seen; `undefined`: not yet seen. */
  readonly head: number | undefined
  readonly handled: number
  readonly retried: number
  readonly parked: number
  readonly failed: number
  /** Events handled per second, over the last ten seconds or so. */
  readonly ratePerSecond: number
  /** Epoch milliseconds of the last event handled or page read; `undefined`: none yet. */
  readonly activeAt: number | undefined
  readonly lastError: unknown
}

/** How far behind a subscription is. */
export interface SubscriptionLag {
  /** Positions between the checkpoint and the end of the log: events, and the gaps between them. 0: caught up. */
  readonly positions: number
  /** Since the oldest event that waits was recorded. 0: none waits. */
  readonly ms: number
}

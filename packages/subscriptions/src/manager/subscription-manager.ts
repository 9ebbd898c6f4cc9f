import type { Position } from "@annals/core"
import type { RunOptions } from "../subscription/check-run-options.ts"
import type {
  StopOptions,
  Subscription,
  SubscriptionState,
  SubscriptionStatus,
  WaitOptions,
} from "../subscription/subscription.ts"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"

/** What a manager is made with. */
export interface SubscriptionManagerOptions<Tx> extends RunOptions {
  /** No two may have the same name. */
  readonly subscriptions?: readonly SubscriptionDefinition<Tx>[]
  /**
   * What else runs: an outbox relay, a projection in memory or in a store of your own. A deadline runner is added where a process manager has deadlines
   * and none is given.
   */
  readonly runners?: readonly Runnable[]
  /** After so many milliseconds without an answer from the store or a step forward, a subscription counts as dead. Default 60,000. */
  readonly stuckAfterMs?: number
}

/** Something that runs until it is stopped. */
export interface Runnable {
  readonly name: string
  start(): Promise<void>
  pause(): void
  resume(): void
  stop(options?: StopOptions): Promise<void>
  status(): RunnableStatus
  /** Resolves when it has stopped; rejects with what stopped it. */
  readonly done?: Promise<void>
  /** Of one that follows the log, such as a projection in memory. */
  waitFor?(position: Position | number | undefined, options?: WaitOptions): Promise<void>
}

/** How a runner is doing. */
export interface RunnableStatus {
  readonly name: string
  readonly state: SubscriptionState
  readonly lastError: unknown
}

/** Runs subscriptions of one store together: they share what is read, and each fails for itself. */
export interface SubscriptionManager extends AsyncDisposable {
  /** In the order they were given. */
  readonly subscriptions: readonly Subscription[]
  /** The subscription of this name. Throws `INVALID_OPTION` if there is none. */
  subscription(name: string): Subscription
  /**
   * Starts whatever isn't running. Rejects with `SUBSCRIPTION_FAILED`, whose `details` name them, if some couldn't be started; the others run.
   */
  start(): Promise<void>
  /**
   * Resolves when all have stopped; rejects with the first failure of any, while the others run on. Asked for after `start()`.
   *
   * @example
   * await manager.start()
   * await manager.done // a process that does nothing else ends with its first failure
   */
  readonly done: Promise<void>
  /** One, or all. */
  pause(name?: string): void
  /** One, or all. */
  resume(name?: string): void
  /** Stops all, at the same time. See `Subscription.stop`. */
  stop(options?: StopOptions): Promise<void>
  status(): readonly (SubscriptionStatus | RunnableStatus)[]
  /** Whether all of them run and get on with their work: for a health check. Red also before the start and after the stop. */
  health(): Health
  /** Resolves when all that follow the log have handled everything up to this position. See `Subscription.waitFor`. */
  waitFor(position: Position | number | undefined, options?: WaitOptions): Promise<void>
}

/** Whether what a manager runs is well. */
export interface Health {
  readonly healthy: boolean
  /** What isn't well, and why. */
  readonly problems: readonly { readonly name: string; readonly reason: string }[]
}

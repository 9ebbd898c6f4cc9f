import type { ProjectionSubscriptionSettings } from "../projections/projection-subscription.ts"
import type { RebuildProgress } from "./rebuild-progress.ts"

/** How to rebuild. What the projection's subscription was given for these settings must be given here as well. */
export interface RebuildOptions
  extends Pick<ProjectionSubscriptionSettings, "tenant" | "from" | "unreadable" | "retry" | "onFailure"> {
  /** Events read at a time, and applied in one transaction. Default 500. */
  readonly pageSize?: number
  /** Begins anew, even where an unfinished rebuild left a copy to go on with: after the handlers were changed. Default `false`. */
  readonly restart?: boolean
  /** Called after each transaction. It must not throw. */
  readonly onProgress?: (progress: RebuildProgress) => void
  /** Stops it, as {@link Rebuild.stop} does; `done` then rejects with its reason. */
  readonly signal?: AbortSignal
  /** For so long nobody else can go on with this rebuild after its process died. Default 10,000. */
  readonly leaseTtlMs?: number
  /** From 0 up to 1, for the jitter of backoffs. Default `Math.random`. */
  readonly random?: () => number
}

/** A rebuild that runs. */
export interface Rebuild extends AsyncDisposable {
  /** The projection. */
  readonly name: string
  readonly version: number
  /**
   * Resolves when the new rows are in place of the old ones. Rejects with `SUBSCRIPTION_FAILED`, whose `cause` is what an event's handler threw, with
   * `PROJECTION_SUPERSEDED`, `REBUILD_RUNNING`, `LEASE_LOST`, with `CLOSED` when it was stopped, or with the signal's reason. Begun again, it goes on where it was.
   */
  readonly done: Promise<RebuildProgress>
  /** Applies nothing more after the transaction that runs. */
  pause(): void
  resume(): void
  /** Rolls back the transaction that runs. What was committed stays: the next rebuild goes on from there, also in another process. */
  stop(): Promise<void>
  status(): RebuildStatus
}

/**
 * - `starting`: not yet reading; `filling`: its copy catches up; `retrying`: in a backoff after an error;
 * - `paused`; `done`: the copy is in place; `stopped`; `failed`: see `lastError`.
 */
export type RebuildState = "starting" | "filling" | "retrying" | "paused" | "done" | "stopped" | "failed"

/** How a rebuild is doing. */
export interface RebuildStatus {
  readonly name: string
  readonly version: number
  readonly state: RebuildState
  readonly progress: RebuildProgress
  /** Events (and those waiting behind them in their streams) that couldn't be applied, with `onFailure: "park"`. */
  readonly parked: number
  readonly lastError: unknown
}

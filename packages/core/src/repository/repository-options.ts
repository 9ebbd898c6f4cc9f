import { AnnalsError } from "../errors/annals-error.ts"
import type { EventBus } from "../ports/event-bus.ts"
import type { Observer } from "../ports/observer.ts"
import type { AppendOptions } from "../store/event-store.ts"
import type { SnapshotLoading } from "./snapshot-loading.ts"

/** What a repository does besides loading and saving. */
export interface RepositoryOptions<State, Tx = unknown> {
  /** How often a command is decided before its conflict is passed on. Default 10. */
  readonly maxAttempts?: number
  /**
   * Runs in the transaction of each append, as an append's own `before` does, with the events of this repository: for projections that are kept
   * inline. Default: none.
   */
  readonly before?: NonNullable<AppendOptions<Tx>["before"]>
  /**
   * Publishes what was recorded, after the commit and before `save` and `execute` resolve: at its best, and a failure only goes to the
   * store's logger. What must not be lost is for the relay. Default: none.
   */
  readonly bus?: Pick<EventBus, "publish">
  /**
   * Keeps the states used last and reads only the events after them. Costs memory for each; declared aggregates are copied going in and out. Not for
   * aggregates that are classes (`INVALID_OPTION`). Default: none.
   */
  readonly cache?: {
    /** Default 1,000. */
    readonly maxEntries?: number
  }
  /** Loads through snapshots and takes them. Default: none. */
  readonly snapshots?: SnapshotLoading<State>
  /** Sees what this repository executes and loads. Default: that of the store. */
  readonly observer?: Observer
}

export interface RepositorySettings {
  readonly maxAttempts: number
  readonly before: AppendOptions["before"]
  readonly bus: Pick<EventBus, "publish"> | undefined
  /** 0: none. */
  readonly cachedStates: number
  readonly snapshots: SnapshotLoading<unknown> | undefined
  readonly observer: Observer | undefined
}

const defaultMaxAttempts = 10
const defaultMaxEntries = 1000

export function resolveRepositoryOptions(options: RepositoryOptions<unknown>): RepositorySettings {
  return {
    maxAttempts: fromOne(options.maxAttempts, "maxAttempts", defaultMaxAttempts),
    before: options.before,
    bus: options.bus,
    cachedStates:
      options.cache === undefined
        ? 0
        : fromOne(options.cache.maxEntries, "cache.maxEntries", defaultMaxEntries),
    snapshots: options.snapshots,
    observer: options.observer,
  }
}

function fromOne(value: number | undefined, path: string, otherwise: number): number {
  if (value === undefined) return otherwise
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new AnnalsError("INVALID_OPTION", `${path} must be a whole number from 1, not ${String(value)}`, {
    path,
  })
}

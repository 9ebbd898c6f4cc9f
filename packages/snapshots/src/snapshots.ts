import type { SnapshotLoading } from "@annals/core"

/** Snapshots of the aggregates of one category: give them to its repository as `snapshots`. */
export interface Snapshots<State> extends SnapshotLoading<State>, AsyncDisposable {
  /**
   * Takes one now, of the newest state. `false`: there is one of that version already, or a newer one; one that is of no use, because it is damaged or of an older
   * schema version, is replaced, and older ones go with it. Rejects as loading the aggregate does, with `INVALID_VALUE` where the state can't be kept, as the
   * snapshot store does, and with `CLOSED`.
   */
  take(id: string, options?: { readonly signal?: AbortSignal }): Promise<boolean>
  /**
   * Takes one of every stream of the category that has so many events to replay: for a system that had none, or whose schema version was raised. Begun anew,
   * it goes on where it was ended.
   */
  takeAll(options?: TakeAllOptions): Promise<TakeAllProgress>
  /** Removes all snapshots of an aggregate. Returns how many went. */
  remove(id: string): Promise<number>
  /** What was done in this process. */
  status(): SnapshotStatus
  /** Resolves when nothing waits in the background any more. */
  drain(): Promise<void>
  /**
   * Writes what waits in the background, and takes no further snapshot; loading goes on. What isn't written within `timeoutMs` (default 10,000) is dropped, and
   * counted. Twice is fine. Rejects with `INVALID_OPTION` only.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}

/** Which streams get a snapshot. */
export interface TakeAllOptions {
  /** Only streams that have to replay at least so many events, counted from their newest snapshot that is of use. Default 100. */
  readonly minToReplay?: number
  readonly onProgress?: (progress: TakeAllProgress) => void
  /** Ends it between two streams: it resolves with how far it came. */
  readonly signal?: AbortSignal
}

/** How far it is. */
export interface TakeAllProgress {
  /** Streams looked at. */
  readonly seen: number
  readonly taken: number
  /** Streams that couldn't be loaded or kept; the log says why. */
  readonly failed: number
}

/** Why a snapshot wasn't used. */
export type MissReason =
  | "missing"
  | "unreadable"
  | "schema-version"
  | "restore-failed"
  | "store-failed"
  | "differs"

/** Counts since it was made. */
export interface SnapshotStatus {
  /** Loads that began with a snapshot; those of `take` and `takeAll` don't count, nor that these found none, or one of an older schema. */
  readonly hits: number
  readonly misses: Readonly<Record<MissReason, number>>
  /** Those of a unit of work count when they are written, also if it is rolled back. */
  readonly taken: number
  readonly failed: number
  readonly dropped: number
  /** Loads that were compared with a full replay. */
  readonly verified: number
  /** In the background. */
  readonly waiting: number
  readonly lastError: unknown
}

import type { FoldSnapshotLoading, PositionedState } from "@annals/core"
import type { SnapshotStatus } from "../snapshots.ts"

/** Snapshots of a fold over the log: give them to a memory projection as `snapshots`, or read its state here. */
export interface FoldSnapshots<State> extends FoldSnapshotLoading<State> {
  /**
   * The state at the end of the log, or as it was at an earlier position: the nearest snapshot before it and the events from there. Takes a snapshot when
   * one is due.
   */
  read(options?: ReadFoldOptions): Promise<PositionedState<State>>
  /** Folds up to the end of the log and takes a snapshot now. `false`: there is one of that position already. */
  take(options?: Pick<ReadFoldOptions, "signal">): Promise<boolean>
  /** Removes all snapshots of this fold. Returns how many went. */
  remove(): Promise<number>
  status(): Omit<SnapshotStatus, "waiting" | "dropped">
}

/** Up to where to fold. */
export interface ReadFoldOptions {
  /** Up to and including this position. Default: the end of the log. */
  readonly atPosition?: number
  readonly signal?: AbortSignal
}

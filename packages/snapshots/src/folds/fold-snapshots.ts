import type { EventFilter, FoldSnapshotLoading, Payload, PositionedState, ReadAllOptions } from "@annals/core"
import type { CommonSnapshotOptions } from "../snapshot-options.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"
import type { SnapshotStatus } from "../snapshots.ts"

/**
 * Snapshots of a fold over the log: give them to a memory projection as `snapshots`, which has a scope of its own, or read its state here. States of different
 * categories, tags or tenants have different snapshots, under the projection's name.
 */
export interface FoldSnapshots<State> extends FoldSnapshotLoading<State> {
  /**
   * The state at the end of the log, or as it was at an earlier position: the nearest snapshot before it and the events from there. Takes a snapshot when
   * one is due. The state is the caller's own. Rejects as reading the log does, and with what a handler throws.
   */
  read(options?: ReadFoldOptions): Promise<PositionedState<State>>
  /**
   * Folds up to the end of the log and takes a snapshot now. `false`: there is one of that position already. Rejects as `read` does, with `INVALID_VALUE` where the
   * state can't be kept, and as the snapshot store does.
   */
  take(options?: Pick<ReadFoldOptions, "signal">): Promise<boolean>
  /** Removes all snapshots of this fold. Returns how many went. */
  remove(): Promise<number>
  /** What was done in this process. */
  status(): Omit<SnapshotStatus, "waiting" | "dropped">
}

/** Up to where to fold. */
export interface ReadFoldOptions {
  /** Up to and including this position, or the end of the log where that is before it. Default: the end of the log. */
  readonly atPosition?: number
  /** Ends it between two pages. */
  readonly signal?: AbortSignal
}

/** Of which part of the log a state is folded, and how its snapshots are taken. */
export interface FoldSnapshotOptions<State, Saved = Payload>
  extends Omit<CommonSnapshotOptions<State, Saved>, "policy">,
    Pick<EventFilter, "categories" | "tags" | "tenant">,
    Pick<ReadAllOptions, "unreadable" | "pageSize"> {
  /** When a snapshot is due. Its counts are of events that were folded. Default `everyEvents(1_000)`: the state of a whole log may be large. */
  readonly policy?: SnapshotPolicy
}

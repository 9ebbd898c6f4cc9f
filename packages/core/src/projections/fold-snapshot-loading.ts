import type { SnapshotOwner } from "../repository/snapshot-loading.ts"
import type { EventFilter } from "../store/event-filter.ts"

/** A folded state and the position of the log up to which it knows it. */
export interface PositionedState<State = unknown> {
  readonly state: State
  readonly position: number
}

/** Which part of the log a state is folded from: states of other parts are others. */
export type FoldScope = Pick<EventFilter, "categories" | "tags" | "tenant">

/** What was folded onto a state, for whoever decides whether a snapshot is due. */
export interface FoldGrowth {
  readonly scope: FoldScope
  /** Of the state before; 0: the initial one. */
  readonly fromPosition: number
  readonly toPosition: number
  /** How many events were folded from the one to the other. */
  readonly folded: number
}

/** The seam by which a fold over the log continues from a snapshot and has them taken. `@annals/snapshots` implements it. */
export interface FoldSnapshotLoading<State> {
  /** Whose log these are snapshots of: a fold over another log refuses them. */
  readonly store: SnapshotOwner
  /** The name of the projection whose states these are: another projection refuses them. */
  readonly projection: string
  /**
   * The newest usable state at or below position `atMost` (`undefined`: the newest), which the caller may change; `undefined`: fold from the beginning.
   * Must not reject for a missing or unusable snapshot.
   */
  load(scope: FoldScope, atMost: number | undefined): Promise<PositionedState<State> | undefined>
  /**
   * The state after events were folded. Must read the state before it first waits: its owner may change it then. Called again only when it has ended;
   * must not reject.
   */
  folded(state: State, growth: FoldGrowth): void | PromiseLike<void>
}

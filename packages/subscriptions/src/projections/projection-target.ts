import type { RecordedEvent, UnitOfWork } from "@annals/core"

/**
 * Where a projection keeps its rows. A target can hold several copies side by side: the one that is read (`live`) and those that a rebuild or a new
 * version is filling. All methods run inside a unit of work, and commit with it.
 */
export interface ProjectionTarget<Tx = unknown> {
  /** Makes an empty copy, in place of one that is there. */
  create(unitOfWork: UnitOfWork<Tx>, copy: string): Promise<void>
  /** Applies events to a copy, in order. */
  apply(
    unitOfWork: UnitOfWork<Tx>,
    copy: string,
    events: readonly RecordedEvent[],
    signal: AbortSignal,
  ): Promise<void>
  /** Puts a copy in place of another, whose rows go. Readers see the old rows or the new ones. */
  swap(unitOfWork: UnitOfWork<Tx>, from: string, to: string): Promise<void>
  /** Removes a copy and its rows. */
  drop(unitOfWork: UnitOfWork<Tx>, copy: string): Promise<void>
}

/** The copy that is read. */
export const liveCopy = "live"

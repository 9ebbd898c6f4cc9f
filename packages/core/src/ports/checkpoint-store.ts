import type { Fence } from "./lease-store.ts"

/** How far a subscription has come. One position for each of the 1,024 slots, which start at 0. */
export interface CheckpointStore {
  /**
   * The positions of all slots that are above 0, merged into ranges of neighbours with the same position, in the order of slots.
   * Empty for a subscription that never advanced.
   */
  load(subscription: string): Promise<readonly Checkpoint[]>
  /**
   * Moves slots from one position to another, all or none: only where every slot stands exactly at `from`, and, if a fence is
   * given, only where that lease is still held under that number. A checkpoint never goes back.
   */
  advance(subscription: string, step: CheckpointStep): Promise<"advanced" | "conflict" | "fenced">
  /**
   * Sets all slots to a position, also a lower one: for a rebuild or a start from the end. A subscription that runs notices only when it
   * next saves, and goes on from here then: stop or pause it first.
   */
  reset(subscription: string, position: number): Promise<void>
  /** Forgets the subscription. */
  remove(subscription: string): Promise<void>
  /** Every subscription with a checkpoint, sorted. */
  list(): Promise<readonly string[]>
}

/** How far a range of slots has come. */
export interface Checkpoint {
  readonly slots: SlotRange
  readonly position: number
}

/** Both ends included. */
export interface SlotRange {
  readonly first: number
  readonly last: number
}

/** A move of a checkpoint. */
export interface CheckpointStep {
  /** Which slots move. Default: all. */
  readonly slots?: readonly SlotRange[]
  readonly from: number
  readonly to: number
  readonly fences?: readonly Fence[]
}

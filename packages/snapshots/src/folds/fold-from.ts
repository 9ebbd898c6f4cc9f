import { type FoldScope, isAnnalsError, type PositionedState, type SnapshotKey } from "@annals/core"
import type { LoadCounts } from "../loading/snapshot-counts.ts"
import { unfitState } from "../loading/unfit-state.ts"
import { type Folded, type Folding, foldOn } from "./folding.ts"

/** What is to be folded, and by whom. */
export interface FoldFromRequest {
  readonly scope: FoldScope
  readonly key: SnapshotKey
  readonly counts: LoadCounts
  readonly signal?: AbortSignal | undefined
}

/** Folds onwards from a snapshot, or from the beginning: also where the events after it can't be applied to its state. */
export async function foldFrom(
  folding: Folding,
  from: PositionedState | undefined,
  until: number,
  { scope, key, counts, signal }: FoldFromRequest,
): Promise<Folded> {
  try {
    return await foldOn(folding, scope, from, until, signal)
  } catch (error) {
    if (from === undefined || isAnnalsError(error) || signal?.aborted) throw error
    const folded = await foldOn(folding, scope, undefined, until, signal)
    counts.missed("restore-failed", key, unfitState(error))
    return folded
  }
}

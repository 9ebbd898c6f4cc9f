import type { FoldScope, PositionedState, SnapshotKey } from "@annals/core"
import { findUsableSnapshot, type UsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { isSameState } from "../loading/is-same-state.ts"
import { about, type LoadCounts } from "../loading/snapshot-counts.ts"
import { type Folding, foldOn } from "./folding.ts"

/** Where a fold begins: at a snapshot, or at the beginning. */
export interface FoldStart {
  readonly from: PositionedState | undefined
  /** The end of the log. */
  readonly head: number
}

/** What is to be loaded, and by whom. */
export interface FoldRequest {
  readonly scope: FoldScope
  readonly key: SnapshotKey
  /** `undefined`: the newest. */
  readonly atMost: number | undefined
  readonly counts: LoadCounts
  readonly signal?: AbortSignal | undefined
}

/** The newest usable state at or below a position. Rejects as reading the end of the log does, and when the signal is aborted. */
export async function loadFold(folding: Folding, request: FoldRequest): Promise<FoldStart> {
  const { known, store } = folding
  const { key, counts } = request
  const found = await find(folding, request)
  // In this order: a log only grows.
  const head = await store.head()
  if (found === undefined) return { from: undefined, head }
  if (found.revision > head) {
    const why = `the snapshot is of position ${found.revision}, and the log ends at ${head}: it was replaced by an older one`
    counts.missed("differs", key, new Error(why))
    // What comes to be at that position will be something else.
    await removeWrong(folding, key)
    return { from: undefined, head }
  }
  known.seen(key.name, found)
  return { from: await verified(folding, request, found), head }
}

async function find(
  { settings }: Folding,
  { key, atMost, counts }: FoldRequest,
): Promise<UsableSnapshot | undefined> {
  try {
    const place = settings.places.store()
    return await findUsableSnapshot(place, key, atMost, settings.codec, (reason, error) =>
      counts.missed(reason, key, error),
    )
  } catch (error) {
    counts.missed("store-failed", key, error)
    return undefined
  }
}

/** Some are compared with a full replay, whose state is used where they differ. */
async function verified(
  folding: Folding,
  { scope, key, counts, signal }: FoldRequest,
  { state, revision: position }: UsableSnapshot,
): Promise<PositionedState> {
  const { settings } = folding
  const { verifyShare, random } = settings
  if (!(verifyShare > 0 && random() < verifyShare)) {
    counts.hit()
    return { state, position }
  }
  try {
    const replayed = await foldOn(folding, scope, undefined, position, signal)
    counts.verified()
    if (isSameState(settings.codec, state, replayed.state)) {
      counts.hit()
      return { state, position }
    }
    counts.missed(
      "differs",
      key,
      new Error(`the state at position ${position} isn't what its events lead to`),
    )
    await removeWrong(folding, key)
    return { state: replayed.state, position }
  } catch (error) {
    signal?.throwIfAborted()
    settings.logger?.warn("a snapshot could not be compared with its events", { ...about(key), error })
    counts.hit()
    return { state, position }
  }
}

/** So that nobody uses it who doesn't look. */
async function removeWrong({ settings, known }: Folding, key: SnapshotKey): Promise<void> {
  known.forget(key.name)
  try {
    await settings.places.store().prune(key, 0)
  } catch (error) {
    settings.logger?.warn("wrong snapshots could not be removed", { ...about(key), error })
  }
}

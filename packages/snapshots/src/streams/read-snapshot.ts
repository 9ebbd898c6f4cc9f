import type { StreamGrowth, UnitOfWork } from "@annals/core"
import { foldAgain } from "./fold-again.ts"
import type { StreamSnapshots } from "./stream-snapshots.ts"
import { type TakenSnapshot, takeSnapshot } from "./write-snapshot.ts"

/** Rejects where a state can't be kept, or be folded. */
export type ReadSnapshot = () => Promise<TakenSnapshot>

/** A state that its owner may change is of no use: see {@link foldAgain}. Any other one is read at once. Throws `INVALID_VALUE`. */
export function snapshotReader(
  snapshots: StreamSnapshots,
  state: unknown,
  { stream: { id }, toVersion }: StreamGrowth,
  unitOfWork: UnitOfWork<unknown> | undefined,
): ReadSnapshot {
  if (snapshots.settings.codec.changing) {
    return async () =>
      takeSnapshot(snapshots, id, await foldAgain(snapshots, id, toVersion, unitOfWork), toVersion)
  }
  const taken = takeSnapshot(snapshots, id, state, toVersion)
  return async () => taken
}

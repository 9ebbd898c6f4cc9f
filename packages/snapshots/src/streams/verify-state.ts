import { AnnalsError, isAnnalsError, type SnapshotKey, type VersionedState } from "@annals/core"
import { describeKey } from "../loading/describe-key.ts"
import type { UsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { isSameState } from "../loading/is-same-state.ts"
import { about } from "../loading/snapshot-counts.ts"
import type { LoadRequest } from "./load-state.ts"
import { repositoryOf, type StreamSnapshots, stateOf } from "./stream-snapshots.ts"

/** Compares with a full replay, whose state is used where they differ. */
export async function verify(
  snapshots: StreamSnapshots,
  key: SnapshotKey,
  found: UsableSnapshot,
  request: LoadRequest,
): Promise<VersionedState | undefined> {
  const { settings } = snapshots
  const { counts } = request
  const { state, revision: version } = found
  const replayed = await replay(snapshots, version, request).catch((error: unknown) => ({ error }))
  if ("error" in replayed && !isPastTheEnd(replayed.error)) {
    settings.logger?.warn("a snapshot could not be compared with its events", { ...about(key), ...replayed })
    counts.hit()
    return { state, version }
  }
  counts.verified()
  if (!("error" in replayed) && isSameState(settings.codec, state, replayed.state)) {
    counts.hit()
    return { state, version }
  }
  const why = "isn't what its events lead to: raise schemaVersion when the rules change"
  counts.missed("differs", key, differs(key, version, why))
  await removeWrong(snapshots, key, request)
  return "error" in replayed ? undefined : replayed
}

export function differs(key: SnapshotKey, version: number, why: string): AnnalsError {
  const message = `the snapshot of ${describeKey(key)} at ${version} ${why}`
  return new AnnalsError("INVALID_VALUE", message, { path: "snapshot" })
}

async function replay(
  snapshots: StreamSnapshots,
  version: number,
  { log, stream }: LoadRequest,
): Promise<VersionedState> {
  const { definition, settings } = snapshots
  const { observer } = settings
  const repository = repositoryOf(log, definition, observer === undefined ? {} : { observer })
  return stateOf(snapshots, await repository.load(stream.id, { atVersion: version }))
}

/** Not so many events, or the last one is that it was discarded, of which no snapshot is taken. */
function isPastTheEnd(error: unknown): boolean {
  return isAnnalsError(error, "STREAM_NOT_FOUND") || isAnnalsError(error, "STREAM_DISCARDED")
}

/** So that it isn't used by a load that doesn't compare. In a unit of work it stays: loading doesn't write there. */
export async function removeWrong(
  { settings, known }: StreamSnapshots,
  key: SnapshotKey,
  { unitOfWork, stream }: LoadRequest,
): Promise<void> {
  known.found(stream.id, undefined, { needsRepair: true })
  if (unitOfWork !== undefined) return
  try {
    await settings.places.store().prune(key, 0)
  } catch (error) {
    settings.logger?.warn("wrong snapshots could not be removed", { ...about(key), error })
  }
}

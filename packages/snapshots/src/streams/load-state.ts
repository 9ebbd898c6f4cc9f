import {
  AnnalsError,
  type EventLog,
  isAnnalsError,
  type SnapshotKey,
  type SnapshotStore,
  type StreamKey,
  type UnitOfWork,
  type VersionedState,
} from "@annals/core"
import { describeKey } from "../loading/describe-key.ts"
import { findUsableSnapshot, type UsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { isSameState } from "../loading/is-same-state.ts"
import { about } from "../loading/snapshot-counts.ts"
import { keyOf, repositoryOf, type StreamSnapshots, stateOf } from "./stream-snapshots.ts"

/** What is to be loaded, and by what. */
export interface LoadRequest {
  readonly stream: StreamKey
  /** `undefined`: the newest. */
  readonly atMost: number | undefined
  readonly log: EventLog
  readonly unitOfWork: UnitOfWork<unknown> | undefined
}

interface Found {
  readonly found: UsableSnapshot | undefined
  /** A newer one is in the store, which is of no use to anybody. */
  readonly needsRepair: boolean
}

/** The newest usable state of a stream. */
export async function loadState(
  snapshots: StreamSnapshots,
  request: LoadRequest,
): Promise<VersionedState | undefined> {
  const { stream, atMost, unitOfWork, log } = request
  const { known, counts } = snapshots
  // A unit of work's log without the unit of work: what isn't read through it would wait for a connection that it may hold.
  if (unitOfWork === undefined && !("transaction" in log)) return undefined
  const key = keyOf(snapshots, stream.id)
  const { found, needsRepair } = await find(snapshots, key, request)
  if (atMost === undefined) known.found(stream.id, found, { needsRepair })
  else if (found !== undefined) known.seen(stream.id, found, { isCertain: unitOfWork === undefined })
  if (found === undefined) return undefined
  if (!isDrawn(snapshots)) {
    counts.hit()
    return { state: found.state, version: found.revision }
  }
  return verify(snapshots, key, found, request)
}

async function find(
  { settings, counts }: StreamSnapshots,
  key: SnapshotKey,
  { stream, atMost, log, unitOfWork }: LoadRequest,
): Promise<Found> {
  const { places, codec } = settings
  // What is kept outside may be of events that the store, restored from a backup, doesn't have.
  const bound = places.isOutside ? await leastOf(atMost, () => log.streamVersion(stream)) : atMost
  let place: SnapshotStore
  try {
    place = unitOfWork === undefined ? places.store() : places.within(unitOfWork)
  } catch (error) {
    counts.missed("store-failed", key, error)
    return { found: undefined, needsRepair: false }
  }
  let needsRepair = false
  const found = await findUsableSnapshot(place, key, bound, codec, (reason, error, snapshot) => {
    counts.missed(reason, key, error)
    // What a newer program saved is of use to that.
    if (snapshot !== undefined && !(snapshot.schemaVersion > codec.schemaVersion)) needsRepair = true
  })
  return { found, needsRepair }
}

async function leastOf(atMost: number | undefined, version: () => Promise<number>): Promise<number> {
  return Math.min(atMost ?? Number.MAX_SAFE_INTEGER, await version())
}

function isDrawn({ settings: { verifyShare, random } }: StreamSnapshots): boolean {
  return verifyShare > 0 && random() < verifyShare
}

/** Compares with a full replay, whose state is used where they differ. */
async function verify(
  snapshots: StreamSnapshots,
  key: SnapshotKey,
  found: UsableSnapshot,
  request: LoadRequest,
): Promise<VersionedState | undefined> {
  const { counts, settings, store } = snapshots
  const { state, revision: version } = found
  const replayed = await replay(snapshots, version, request).catch((error: unknown) => ({ error }))
  if ("error" in replayed && !isPastTheEnd(replayed.error)) {
    store.logger?.warn("a snapshot could not be compared with its events", { ...about(key), ...replayed })
    counts.hit()
    return { state, version }
  }
  counts.verified()
  if (!("error" in replayed) && isSameState(settings.codec, state, replayed.state)) {
    counts.hit()
    return { state, version }
  }
  counts.missed("differs", key, differs(key, version))
  await removeWrong(snapshots, key, request)
  return "error" in replayed ? undefined : replayed
}

function differs(key: SnapshotKey, version: number): AnnalsError {
  const message = `the snapshot of ${describeKey(key)} at ${version} isn't what its events lead to: raise schemaVersion when the rules change`
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
async function removeWrong(
  { settings, known, store }: StreamSnapshots,
  key: SnapshotKey,
  { unitOfWork, stream }: LoadRequest,
): Promise<void> {
  known.found(stream.id, undefined, { needsRepair: true })
  if (unitOfWork !== undefined) return
  try {
    await settings.places.store().prune(key, 0)
  } catch (error) {
    store.logger?.warn("wrong snapshots could not be removed", { ...about(key), error })
  }
}

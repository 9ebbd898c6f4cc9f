import type {
  EventLog,
  SnapshotKey,
  SnapshotStore,
  StreamKey,
  UnitOfWork,
  VersionedState,
} from "@annals/core"
import { findUsableSnapshot, type UsableSnapshot } from "../loading/find-usable-snapshot.ts"
import type { LoadCounts } from "../loading/snapshot-counts.ts"
import { keyOf, type StreamSnapshots } from "./stream-snapshots.ts"
import { differs, removeWrong, verify } from "./verify-state.ts"

/** What is to be loaded, and by what. */
export interface LoadRequest {
  readonly stream: StreamKey
  /** `undefined`: the newest. */
  readonly atMost: number | undefined
  readonly log: EventLog
  readonly unitOfWork: UnitOfWork<unknown> | undefined
  readonly counts: LoadCounts
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
  const { stream, atMost, unitOfWork, log, counts } = request
  const { known } = snapshots
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

function isDrawn({ settings: { verifyShare, random } }: StreamSnapshots): boolean {
  return verifyShare > 0 && random() < verifyShare
}

async function find(snapshots: StreamSnapshots, key: SnapshotKey, request: LoadRequest): Promise<Found> {
  const { settings } = snapshots
  const { atMost, stream, log, unitOfWork, counts } = request
  let place: SnapshotStore
  try {
    place = unitOfWork === undefined ? settings.places.store() : settings.places.within(unitOfWork)
  } catch (error) {
    counts.missed("store-failed", key, error)
    return { found: undefined, needsRepair: false }
  }
  const first = await findIn(snapshots, counts, place, key, atMost)
  const { revision = 0 } = first.found ?? {}
  if (revision === 0 || !settings.places.isOutside) return first
  // In this order: a stream only grows.
  const version = await log.streamVersion(stream)
  if (revision <= version) return first
  // A transaction may see less of the stream than there is.
  if (unitOfWork !== undefined) return findIn(snapshots, counts, place, key, version)
  // The events were replaced by older ones, as by a restore. What comes to be at that version will be something else.
  counts.missed(
    "differs",
    key,
    differs(key, revision, `isn't of this stream, which is at version ${version}: its events were replaced`),
  )
  await removeWrong(snapshots, key, request)
  return { found: undefined, needsRepair: false }
}

async function findIn(
  { settings: { codec } }: StreamSnapshots,
  counts: LoadCounts,
  place: SnapshotStore,
  key: SnapshotKey,
  atMost: number | undefined,
): Promise<Found> {
  let needsRepair = false
  const found = await findUsableSnapshot(place, key, atMost, codec, (reason, error, snapshot) => {
    counts.missed(reason, key, error)
    // What a newer program saved is of use to that.
    if (snapshot !== undefined && !(snapshot.schemaVersion > codec.schemaVersion)) needsRepair = true
  })
  return { found, needsRepair }
}

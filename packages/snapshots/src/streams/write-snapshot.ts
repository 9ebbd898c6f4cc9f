import {
  AnnalsError,
  describeStream,
  isAnnalsError,
  type Snapshot,
  type SnapshotKey,
  type SnapshotStore,
  type UnitOfWork,
} from "@annals/core"
import { findUsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { keepSnapshot, keepSnapshotTogether } from "../loading/keep-snapshot.ts"
import { observeTaking } from "../loading/observe-taking.ts"
import { serializeState } from "../loading/state-codec.ts"
import { keyOf, type StreamSnapshots } from "./stream-snapshots.ts"

/** A snapshot on its way to the store. */
export interface TakenSnapshot {
  readonly id: string
  readonly key: SnapshotKey
  readonly snapshot: Snapshot
}

/** Reads the state, at once. Throws `INVALID_VALUE`. */
export function takeSnapshot(
  snapshots: StreamSnapshots,
  id: string,
  state: unknown,
  revision: number,
): TakenSnapshot {
  const { settings, store } = snapshots
  const { schemaVersion } = settings.codec
  const takenAt = store.clock.now()
  return {
    id,
    key: keyOf(snapshots, id),
    snapshot: { revision, schemaVersion, state: serializeState(settings.codec, state), takenAt },
  }
}

/** `false`: there is one of that version already, or a newer one. */
export async function writeSnapshot(snapshots: StreamSnapshots, taken: TakenSnapshot): Promise<boolean> {
  const { settings, known } = snapshots
  const { key, snapshot, id } = taken
  const isKept = await observed(snapshots, id, () =>
    keepSnapshotTogether(settings.places, key, snapshot, settings.keepLast),
  )
  known.seen(id, snapshot, { isCertain: true })
  if (isKept) snapshots.counts.taken()
  return isKept
}

/** Writes it where it is committed with the append, or not at all. */
export async function writeWithin(
  snapshots: StreamSnapshots,
  taken: TakenSnapshot,
  unitOfWork: UnitOfWork<unknown>,
): Promise<void> {
  const { settings, known, counts } = snapshots
  const { key, snapshot, id } = taken
  try {
    const isKept = await observed(snapshots, id, async () =>
      keepSnapshot(settings.places.within(unitOfWork), key, snapshot, settings.keepLast),
    )
    known.seen(id, snapshot, { isCertain: false })
    if (isKept) counts.taken()
  } catch (error) {
    counts.failed(error)
    throw appendUndone(snapshots, id, error)
  }
}

/**
 * Puts a snapshot in the place of one that is in its way: of the same version, but of no use, because it is damaged, say, or of another schema. One of a newer
 * program stays.
 */
export async function replaceUnusable(snapshots: StreamSnapshots, taken: TakenSnapshot): Promise<boolean> {
  const { settings, counts } = snapshots
  const { key, snapshot, id } = taken
  const isReplaced = await observed(snapshots, id, () =>
    settings.places.together(async (store) => {
      if (!(await isInTheWay(snapshots, store, taken))) return false
      await store.prune(key, 0)
      return store.save(key, snapshot)
    }),
  )
  if (isReplaced) counts.taken()
  return isReplaced
}

async function isInTheWay(
  { settings }: StreamSnapshots,
  store: SnapshotStore,
  { key, snapshot: { revision, schemaVersion } }: TakenSnapshot,
): Promise<boolean> {
  const unusable: (Snapshot | undefined)[] = []
  const usable = await findUsableSnapshot(store, key, undefined, settings.codec, (_reason, _error, missed) =>
    unusable.push(missed),
  )
  const [newest] = unusable
  if (newest === undefined || (usable?.revision ?? -1) >= revision) return false
  return !(newest.revision > revision) && !(newest.schemaVersion > schemaVersion)
}

function observed<Result>(
  { settings, store, tenant, category, name }: StreamSnapshots,
  id: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const about = { system: store.name, tenant, category, streamId: id, subject: name }
  return observeTaking(settings.observer, about, run)
}

function appendUndone({ tenant, category }: StreamSnapshots, id: string, cause: unknown): AnnalsError {
  const stream = describeStream({ tenant, category, id })
  const message = `the snapshot of ${stream} could not be kept in the transaction of its events, so that these aren't recorded either: save again, see to the snapshot store, or take snapshots "after" the commit`
  const known = isAnnalsError(cause) ? cause : undefined
  return new AnnalsError(known?.code ?? "STORE_FAILED", message, {
    stream,
    cause,
    retryable: known?.retryable ?? false,
  })
}

import type { Snapshot, SnapshotKey, UnitOfWork } from "@annals/core"
import { keepSnapshot, keepSnapshotTogether } from "../loading/keep-snapshot.ts"
import { observeTaking } from "../loading/observe-taking.ts"
import { replaceUnusable } from "../loading/replace-unusable.ts"
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
  { key, snapshot, id }: TakenSnapshot,
  unitOfWork: UnitOfWork<unknown>,
): Promise<void> {
  const { settings, known, counts } = snapshots
  const isKept = await observed(snapshots, id, async () =>
    keepSnapshot(settings.places.within(unitOfWork), key, snapshot, settings.keepLast),
  )
  known.seen(id, snapshot, { isCertain: false })
  if (isKept) counts.taken()
}

/** `false`: there is nothing that it could take the place of. */
export async function putInPlaceOfUnusable(
  snapshots: StreamSnapshots,
  { id, key, snapshot }: TakenSnapshot,
): Promise<boolean> {
  const isReplaced = await observed(snapshots, id, () => replaceUnusable(snapshots.settings, key, snapshot))
  if (isReplaced) snapshots.counts.taken()
  return isReplaced
}

function observed<Result>(
  { settings, store, tenant, category, name }: StreamSnapshots,
  id: string,
  run: () => Promise<Result>,
): Promise<Result> {
  const about = { system: store.name, tenant, category, streamId: id, subject: name }
  return observeTaking(settings.observer, about, run)
}

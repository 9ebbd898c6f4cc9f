import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import { findUsableSnapshot } from "./find-usable-snapshot.ts"
import type { SnapshotSettings } from "./snapshot-settings.ts"
import type { StateCodecSettings } from "./state-codec.ts"

/**
 * Puts a snapshot in the place of one that is in its way: of the same revision, but of no use, because it is damaged, say, or of an older schema. `false`: there is
 * none.
 */
export function replaceUnusable(
  { places, codec }: Pick<SnapshotSettings, "places" | "codec">,
  key: SnapshotKey,
  snapshot: Snapshot,
): Promise<boolean> {
  return places.together(async (store) => {
    if (!(await isInTheWay(store, codec, key, snapshot))) return false
    await store.prune(key, 0)
    return store.save(key, snapshot)
  })
}

/** One of a newer program stays, and so does one of a later revision, which that program may have taken. */
async function isInTheWay(
  store: SnapshotStore,
  codec: StateCodecSettings,
  key: SnapshotKey,
  { revision, schemaVersion }: Snapshot,
): Promise<boolean> {
  const unusable: (Snapshot | undefined)[] = []
  await findUsableSnapshot(store, key, undefined, codec, (_reason, _error, missed) => unusable.push(missed))
  const [newest] = unusable
  // Compared so, as what is damaged may have no numbers.
  return newest !== undefined && !(newest.revision > revision) && !(newest.schemaVersion > schemaVersion)
}

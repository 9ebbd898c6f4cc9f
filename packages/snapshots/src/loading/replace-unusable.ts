import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import { findUsableSnapshot } from "./find-usable-snapshot.ts"
import type { SnapshotSettings } from "./snapshot-settings.ts"
import type { StateCodecSettings } from "./state-codec.ts"

/**
 * Puts a snapshot in the place of one that is in its way: of the same revision, but of no use, because it is damaged, say, or of an older schema. Older ones go with
 * it. `false`: there is none.
 */
export async function replaceUnusable(
  { places, codec }: Pick<SnapshotSettings, "places" | "codec">,
  key: SnapshotKey,
  snapshot: Snapshot,
): Promise<boolean> {
  try {
    return await places.together(async (store) => {
      if (!(await isInTheWay(store, codec, key, snapshot))) return false
      await removeAll(store, key, snapshot.revision)
      return store.save(key, snapshot)
    })
  } catch (error) {
    if (error instanceof NewerCame) return false
    throw error
  }
}

/** Undoes the transaction in which it is thrown. */
class NewerCame extends Error {}

/** Others may save while this goes on: a newer one that came after it was looked for stays. */
async function removeAll(store: SnapshotStore, key: SnapshotKey, upTo: number): Promise<void> {
  await store.prune(key, 1)
  const left = await store.load(key)
  const isNewer = (left?.revision ?? 0) > upTo
  if (isNewer || (await store.prune(key, 0)) > 1) throw new NewerCame()
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

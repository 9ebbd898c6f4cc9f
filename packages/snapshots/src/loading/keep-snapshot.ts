import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import type { SnapshotPlaces } from "./snapshot-places.ts"

/** Saves a snapshot, and lets go of those that are too many by then. `false`: there is one of that revision already, or a newer one. */
export async function keepSnapshot(
  snapshots: SnapshotStore,
  key: SnapshotKey,
  snapshot: Snapshot,
  keepLast: number | "all",
): Promise<boolean> {
  const isSaved = await snapshots.save(key, snapshot)
  if (isSaved && keepLast !== "all") await snapshots.prune(key, keepLast)
  return isSaved
}

/** The same, as one. */
export function keepSnapshotTogether(
  places: SnapshotPlaces,
  key: SnapshotKey,
  snapshot: Snapshot,
  keepLast: number | "all",
): Promise<boolean> {
  if (keepLast === "all") return keepSnapshot(places.store(), key, snapshot, keepLast)
  return places.together((snapshots) => keepSnapshot(snapshots, key, snapshot, keepLast))
}

import { checkName } from "../../streams/validate-name.ts"
import type { Snapshot, SnapshotKey, SnapshotStore } from "../snapshot-store.ts"
import { checkObject, checkPayload, checkTime, checkWhole, invalidOption } from "./check-input.ts"
import type { PortGuard } from "./port-guard.ts"

/** A backend always gets the revision that a snapshot to load may have at most. */
export function frontSnapshotStore(store: SnapshotStore, { read, write }: PortGuard): SnapshotStore {
  return {
    async load(key, atMost = Number.MAX_SAFE_INTEGER) {
      const checked = checkKey(key)
      checkWhole(atMost, "atMost", 0)
      return read(() => store.load(checked, atMost))
    },
    async save(key, snapshot) {
      const checkedKey = checkKey(key)
      const checked = checkSnapshot(snapshot)
      return write(() => store.save(checkedKey, checked))
    },
    async prune(key, keepLast) {
      const checked = checkKey(key)
      checkWhole(keepLast, "keepLast", 0)
      return write(() => store.prune(checked, keepLast))
    },
  }
}

function checkKey(key: SnapshotKey): SnapshotKey {
  const { kind, name, id } = checkObject(key, "key")
  if (kind !== "stream" && kind !== "fold") throw invalidOption("key.kind", 'must be "stream" or "fold"')
  if (kind === "fold" && id !== "") throw invalidOption("key.id", 'must be "" for a fold')
  return { kind, name: checkName(name, "key.name"), id: kind === "fold" ? "" : checkName(id, "key.id") }
}

function checkSnapshot(snapshot: Snapshot): Snapshot {
  const { revision, schemaVersion, state, takenAt } = checkObject(snapshot, "snapshot")
  return {
    revision: checkWhole(revision, "snapshot.revision", 0),
    schemaVersion: checkWhole(schemaVersion, "snapshot.schemaVersion", 1),
    state: checkPayload(state, "snapshot.state"),
    takenAt: checkTime(takenAt, "snapshot.takenAt"),
  }
}

import type { Snapshot, SnapshotKey, SnapshotStore } from "../ports/snapshot-store.ts"
import { copyPayload } from "../store/copy-payload.ts"
import type { TableAccess } from "./memory-ports.ts"
import { keyOf } from "./memory-table.ts"

/** Each row holds all snapshots of one key, the oldest first. */
export function createMemorySnapshotStore({ read, write }: TableAccess): SnapshotStore {
  return {
    load: (key, atMost = Number.MAX_SAFE_INTEGER) =>
      read(({ snapshots }) => {
        const found = snapshots.get(rowKey(key))?.findLast((snapshot) => snapshot.revision <= atMost)
        return found && copy(found)
      }),
    save: (key, snapshot) =>
      write(({ snapshots }) => {
        const kept = snapshots.get(rowKey(key)) ?? []
        if ((kept.at(-1)?.revision ?? -1) >= snapshot.revision) return false
        snapshots.set(rowKey(key), [...kept, copy(snapshot)])
        return true
      }),
    prune: (key, keepLast) =>
      write(({ snapshots }) => {
        const all = snapshots.get(rowKey(key)) ?? []
        const surplus = Math.max(0, all.length - keepLast)
        if (surplus > 0) snapshots.set(rowKey(key), all.slice(surplus))
        return surplus
      }),
  }
}

function copy({ revision, schemaVersion, state, takenAt }: Snapshot): Snapshot {
  return { revision, schemaVersion, state: copyPayload(state), takenAt }
}

const rowKey = ({ kind, name, id }: SnapshotKey): string => keyOf(kind, name, id)

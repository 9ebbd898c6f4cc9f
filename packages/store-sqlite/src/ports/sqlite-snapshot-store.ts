import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import { loadSnapshot, newestRevision, pruneSnapshots, saveSnapshot } from "../statements/snapshots.ts"
import type { PortAccess } from "./port-access.ts"

export function createSqliteSnapshotStore(tenant: string, { read, write }: PortAccess): SnapshotStore {
  const keyOf = ({ kind, name, id }: SnapshotKey) => [tenant, kind, name, id]
  return {
    load: (key, atMost = Number.MAX_SAFE_INTEGER) =>
      read((connection) => {
        const row = connection.get<SnapshotRow>(loadSnapshot, ...keyOf(key), atMost)
        return row && toSnapshot(row)
      }),
    save: (key, { revision, schemaVersion, state, takenAt }) =>
      write((connection) => {
        const newest = connection.get<[number | null]>(newestRevision, ...keyOf(key))?.[0] ?? -1
        if (newest >= revision) return false
        const { encoding, body, hash = null } = state
        const isText = typeof body === "string"
        const bytes = isText ? encoder.encode(body) : body
        const stored = bytes.length === 0 ? null : bytes
        connection.run(
          saveSnapshot,
          ...keyOf(key),
          revision,
          schemaVersion,
          encoding,
          Number(isText),
          stored,
          hash,
          takenAt,
        )
        return true
      }),
    prune: (key, keepLast) => write((connection) => connection.run(pruneSnapshots, ...keyOf(key), keepLast)),
  }
}

type SnapshotRow = [
  revision: number,
  schemaVersion: number,
  encoding: string,
  isText: number,
  body: Uint8Array | null,
  hash: string | null,
  takenAt: number,
]

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

function toSnapshot([
  revision,
  schemaVersion,
  encoding,
  isText,
  stored,
  hash,
  takenAt,
]: SnapshotRow): Snapshot {
  const bytes = stored ?? new Uint8Array(0)
  const body = isText === 1 ? decoder.decode(bytes) : bytes
  return { revision, schemaVersion, state: { encoding, body, ...(hash !== null && { hash }) }, takenAt }
}

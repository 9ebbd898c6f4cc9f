import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import type { SqlRow, SqlRunner, SqlValue } from "../sql/sql-runner.ts"
import { loadSnapshot, pruneSnapshots, saveSnapshot } from "../statements/snapshots.ts"

export function createPostgresSnapshotStore(runner: SqlRunner, tenant: string): SnapshotStore {
  const keyOf = ({ kind, name, id }: SnapshotKey) => [tenant, kind, name, id]
  return {
    async load(key, atMost = Number.MAX_SAFE_INTEGER) {
      const [row] = await runner.run(loadSnapshot, [...keyOf(key), atMost])
      return row && toSnapshot(row)
    },
    async save(key, { revision, schemaVersion, takenAt, state: { encoding, hash = null, body } }) {
      const values = [revision, schemaVersion, takenAt, encoding, hash, ...bodyValues(body)]
      return (await runner.run(saveSnapshot, [...keyOf(key), ...values])).length === 1
    },
    async prune(key, keepLast) {
      const [row] = await runner.run(pruneSnapshots, [...keyOf(key), keepLast])
      return Number(row?.[0])
    },
  }
}

/** Whether it is text, then the text or the bytes. */
function bodyValues(body: string | Uint8Array): readonly SqlValue[] {
  if (typeof body !== "string")
    return [false, null, Buffer.from(body.buffer, body.byteOffset, body.byteLength)]
  return body.includes("\0") ? [true, null, Buffer.from(body)] : [true, body, null]
}

type SnapshotRow = [
  revision: string,
  schemaVersion: string,
  takenAt: string,
  encoding: string,
  hash: string | null,
  isText: "t" | "f",
  body: string | null,
  bytes: string | null,
]

function toSnapshot(row: SqlRow): Snapshot {
  const [revision, schemaVersion, takenAt, encoding, hash, isText, text, base64] = row as SnapshotRow
  const bytes = Buffer.from(base64 ?? "", "base64")
  const body = text ?? (isText === "t" ? bytes.toString() : new Uint8Array(bytes))
  return {
    revision: Number(revision),
    schemaVersion: Number(schemaVersion),
    state: { encoding, body, ...(hash !== null && { hash }) },
    takenAt: Number(takenAt),
  }
}

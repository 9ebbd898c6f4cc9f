import { checkName, type Snapshot, type SnapshotKey } from "@annals/core"
import { checkWhole, invalidOption } from "../check-whole.ts"

/** What a store checks in front of its own snapshots. Throws `INVALID_OPTION`, `INVALID_NAME`. */
export function checkKey({ kind, name, id }: SnapshotKey): SnapshotKey {
  if (kind !== "stream" && kind !== "fold") throw invalidOption("key.kind", 'must be "stream" or "fold"')
  if (kind === "fold" && id !== "") throw invalidOption("key.id", 'must be "" for a fold')
  return { kind, name: checkName(name, "key.name"), id: kind === "fold" ? "" : checkName(id, "key.id") }
}

/** Throws `INVALID_OPTION`, `INVALID_NAME`. */
export function checkSnapshot({ revision, schemaVersion, takenAt, state }: Snapshot): Snapshot {
  const { encoding, body, hash } = state ?? {}
  if (typeof body !== "string" && !(body instanceof Uint8Array)) {
    throw invalidOption("snapshot.state.body", "must be a string or a Uint8Array")
  }
  return {
    revision: checkWhole(revision, "snapshot.revision", 0),
    schemaVersion: checkWhole(schemaVersion, "snapshot.schemaVersion", 1),
    takenAt: checkWhole(takenAt, "snapshot.takenAt", Number.MIN_SAFE_INTEGER),
    state: {
      encoding: checkName(encoding, "snapshot.state.encoding"),
      body,
      ...(hash !== undefined && { hash: checkName(hash, "snapshot.state.hash") }),
    },
  }
}

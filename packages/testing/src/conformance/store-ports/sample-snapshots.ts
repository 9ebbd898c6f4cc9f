import type { Snapshot, SnapshotKey } from "@annals/core"

/** The key that most tests use. */
export const key: SnapshotKey = { kind: "stream", name: "account", id: "alice" }

/** A snapshot whose state says its revision. */
export function snapshot(revision: number, rest: Partial<Snapshot> = {}): Snapshot {
  const state = { encoding: "json", body: JSON.stringify({ revision }) }
  return { revision, schemaVersion: 1, state, takenAt: 1_000, ...rest }
}

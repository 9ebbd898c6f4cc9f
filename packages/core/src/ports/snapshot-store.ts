import type { StoredPayload } from "../store/stored-event.ts"

/** Folded state, kept so that not every event has to be read again. A snapshot is a cache: losing one loses nothing. */
export interface SnapshotStore {
  /** The newest snapshot at or below `atMost` (default: the newest). */
  load(key: SnapshotKey, atMost?: number): Promise<Snapshot | undefined>
  /** Keeps it beside older ones. `false`: one at the same or a newer revision is there, which stays. */
  save(key: SnapshotKey, snapshot: Snapshot): Promise<boolean>
  /** Keeps the newest `keepLast` (0 = none). Returns how many went. */
  prune(key: SnapshotKey, keepLast: number): Promise<number>
}

/** Which state a snapshot is of. */
export interface SnapshotKey {
  /** Whose state: that of a stream, or of a fold over the log. */
  readonly kind: "stream" | "fold"
  /** The aggregate's or projection's name. */
  readonly name: string
  /** The stream's id; `""` for a fold. */
  readonly id: string
}

/** Folded state, serialised. */
export interface Snapshot {
  /** A stream's version, or a position of the log. */
  readonly revision: number
  readonly schemaVersion: number
  readonly state: StoredPayload
  /** Epoch milliseconds. */
  readonly takenAt: number
}

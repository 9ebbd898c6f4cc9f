import { defineEvent, type SnapshotKey, type } from "@annals/core"

/** What a snapshot that is kept as an event holds. */
export interface SnapshotTaken {
  /** Whose state it is. */
  readonly of: SnapshotKey
  readonly revision: number
  readonly schemaVersion: number
  /** Epoch milliseconds. */
  readonly takenAt: number
  readonly encoding: string
  /** The state where it is text. */
  readonly text?: string
  /** The state where it is bytes. */
  readonly base64?: string
  readonly hash?: string
}

/**
 * A snapshot that `createEventSnapshotStore` keeps. A store that was given its `events` must have it among them, together with
 * {@link snapshotsPruned}.
 */
export const snapshotTaken = defineEvent("$snapshot-taken", type<SnapshotTaken>())

/** All but the newest `keepLast` snapshots before this event count as removed: `createEventSnapshotStore` doesn't find them any more. */
export const snapshotsPruned = defineEvent(
  "$snapshots-pruned",
  type<{ readonly of: SnapshotKey; readonly keepLast: number; readonly removed: number }>(),
)

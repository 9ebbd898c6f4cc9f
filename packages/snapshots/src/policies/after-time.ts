import { checkWhole } from "../check-whole.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"

/** How long a snapshot is good for. */
export interface AfterTimeOptions {
  /** Age of the newest snapshot. Looked at when something is saved: no timer runs. */
  readonly ms: number
  /** Only with so many events to replay, from 1. Default 1: a new stream has a snapshot taken of its first events. */
  readonly minToReplay?: number
}

/** Due when the newest snapshot is so old, or there is none. Throws `INVALID_OPTION`. */
export function afterTime({ ms, minToReplay = 1 }: AfterTimeOptions): SnapshotPolicy {
  checkWhole(ms, "ms")
  checkWhole(minToReplay, "minToReplay")
  // Either way: by a clock that was wrong, a snapshot may be of tomorrow.
  return ({ newest, now, toReplay }) =>
    toReplay >= minToReplay && (newest === undefined || Math.abs(now - newest.takenAt) >= ms)
}

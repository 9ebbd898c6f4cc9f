import { checkWhole } from "../check-whole.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"

/** Due when a load has to replay so many events. Throws `INVALID_OPTION`. */
export function afterReplaying(count: number): SnapshotPolicy {
  checkWhole(count, "count")
  return ({ toReplay }) => toReplay >= count
}

import { checkWhole } from "../check-whole.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"

/**
 * Due when a stream's version reaches or passes a multiple of `count`, also by several events at once; and, of streams and folds, when so many events have to
 * be replayed. Throws `INVALID_OPTION`.
 */
export function everyEvents(count: number): SnapshotPolicy {
  checkWhole(count, "count")
  return ({ kind, fromRevision, toRevision, toReplay }) =>
    toReplay >= count ||
    (kind === "stream" && Math.floor(toRevision / count) > Math.floor(fromRevision / count))
}

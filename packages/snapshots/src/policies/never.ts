import type { SnapshotPolicy } from "../snapshot-policy.ts"

/** Never due: snapshots are only taken when `take` or `takeAll` is called. */
export function never(): SnapshotPolicy {
  return () => false
}

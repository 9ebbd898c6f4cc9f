import type { SnapshotPolicy } from "../snapshot-policy.ts"

/** One for all, so that it can be told from a policy that only says no for now. */
export const neverDue: SnapshotPolicy = () => false

/** Never due: snapshots are only taken when `take` or `takeAll` is called. */
export function never(): SnapshotPolicy {
  return neverDue
}

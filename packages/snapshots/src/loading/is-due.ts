import type { Logger } from "@annals/core"
import type { SnapshotMoment, SnapshotPolicy } from "../snapshot-policy.ts"

/** Asks a policy. One that throws means no: that a snapshot isn't taken harms nobody. */
export function isDue(
  policy: SnapshotPolicy,
  moment: SnapshotMoment,
  logger: Logger | undefined,
  subject: string,
): boolean {
  try {
    return policy(moment) === true
  } catch (error) {
    logger?.error("the policy of snapshots failed", { subject, error })
    return false
  }
}

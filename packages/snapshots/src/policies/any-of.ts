import { invalidOption } from "../check-whole.ts"
import type { SnapshotPolicy } from "../snapshot-policy.ts"

/** Due when one of them says so; asked in the order given, up to that one. Throws `INVALID_OPTION`. */
export function anyOf(...policies: readonly SnapshotPolicy[]): SnapshotPolicy {
  if (policies.length === 0 || policies.some((policy) => typeof policy !== "function")) {
    throw invalidOption("policies", "must be functions, at least one")
  }
  return (moment) => policies.some((policy) => policy(moment))
}

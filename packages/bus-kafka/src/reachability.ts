import type { GroupMember } from "@annals/core"
import { translateError } from "./errors.ts"
import type { MemberPart } from "./generation.ts"
import { codes, hasCode, isPassing } from "./kafka-failure.ts"

/** Tells a member whether its brokers can be reached: when any part of it fails, until all work again. */
export function createReachability(member: GroupMember) {
  const failing = new Set<MemberPart>()
  let hasFailed = false
  return (part: MemberPart, outcome: "works" | { readonly error: unknown }): void => {
    if (hasFailed) return
    if (outcome === "works") {
      if (failing.delete(part) && failing.size === 0) member.connected()
    } else if (isPassing(outcome.error)) {
      if (failing.size === 0) member.disconnected(translateError(outcome.error))
      failing.add(part)
    } else if (!hasCode(outcome.error, codes.rebalanceInProgress)) {
      hasFailed = true
      member.fail(translateError(outcome.error))
    }
  }
}

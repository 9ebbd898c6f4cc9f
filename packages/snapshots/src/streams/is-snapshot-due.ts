import type { StreamGrowth } from "@annals/core"
import { isDue } from "../loading/is-due.ts"
import { neverDue } from "../policies/never.ts"
import { checkStream, type StreamSnapshots } from "./stream-snapshots.ts"

/** Whether a save has a snapshot taken. Asked at each save. Throws `INVALID_OPTION` for streams that these snapshots aren't of. */
export function isSnapshotDue(snapshots: StreamSnapshots, growth: StreamGrowth): boolean {
  const { stream, fromVersion, toVersion } = growth
  const { known, settings, store, name } = snapshots
  checkStream(snapshots, stream)
  if (!known.mayTry(stream.id, toVersion)) return false
  const newest = known.newestBelow(stream.id, fromVersion)
  // One that is in the way makes each load longer than the policy wants it: it is replaced at the first occasion.
  if (known.needsRepair(stream.id) && settings.policy !== neverDue) return true
  const moment = {
    kind: "stream" as const,
    fromRevision: fromVersion,
    toRevision: toVersion,
    added: toVersion - fromVersion,
    toReplay: toVersion - (newest?.revision ?? 0),
    newest,
    now: store.clock.now(),
  }
  return isDue(settings.policy, moment, settings.logger, name)
}

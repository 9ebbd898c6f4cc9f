import { liveCopy } from "../projections/projection-target.ts"
import { takeCopy } from "./copy-leases.ts"
import { forgetDeadLetters } from "./move-dead-letters.ts"
import { rebuildCopy, rebuildNameOf } from "./projection-names.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import { checkLive, findRebuild, type RebuildScope } from "./rebuild-scope.ts"

/** Makes an empty copy, or finds the one that an unfinished rebuild left. Returns how far it is. */
export async function beginRebuild<Tx>(
  { store, projection, definition }: RebuildScope<Tx>,
  lease: RebuildLease,
  restart: boolean,
): Promise<number> {
  const name = rebuildNameOf(projection)
  const from = typeof definition.from === "number" ? definition.from : 0
  return store.transaction(async (unitOfWork) => {
    const { checkpoints, leases } = unitOfWork
    await lease.hold(leases)
    if ((await checkLive(unitOfWork, projection)) === undefined) {
      const { version } = projection
      await takeCopy(leases, projection.name, { copy: liveCopy, version, from: undefined })
    }
    const unfinished = restart ? undefined : await findRebuild(unitOfWork, projection)
    if (unfinished !== undefined) return unfinished
    await forgetDeadLetters(unitOfWork, name)
    await projection.target.create(unitOfWork, rebuildCopy)
    await checkpoints.reset(name, from)
    return from
  })
}

import type { UnitOfWork } from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import { buildCopy, type CopyLease, inspectCopies, takeCopy } from "./copy-leases.ts"
import { superseded } from "./superseded.ts"

/**
 * The copy that this version writes to, which nobody can swap before the unit of work ends: the live one, or one of its own while an older version is
 * live. `known`, the one held last, saves a question where it still is. Rejects with `PROJECTION_SUPERSEDED` when a newer version took over.
 */
export async function holdCopy<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
  known?: CopyLease,
): Promise<CopyLease> {
  const { name, version, target } = projection
  const { leases } = unitOfWork
  if (known !== undefined && (await leases.holds([known.fence]))) return known
  for (;;) {
    const { live, builds } = await inspectCopies(leases, name)
    if (live !== undefined && live.version > version) throw superseded(projection, live.version)
    const own = live?.version === version ? live : builds.find((build) => build.version === version)
    if (own === undefined) {
      const copy = live === undefined ? liveCopy : buildCopy(version)
      const taken = await takeCopy(leases, name, { copy, version, from: undefined })
      await target.create(unitOfWork, copy)
      return taken
    }
    // Otherwise it was taken between the two calls: look again.
    if (await leases.holds([own.fence])) return own
  }
}

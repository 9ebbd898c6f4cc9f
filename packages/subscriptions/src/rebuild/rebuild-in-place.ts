import type { EventStore } from "@annals/core"
import { invalidOption } from "../options/invalid-option.ts"
import type { ProjectionSubscriptionSettings } from "../projections/projection-subscription.ts"
import { liveCopy } from "../projections/projection-target.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import { inspectCopies, takeCopy } from "./copy-leases.ts"
import { fenceOff } from "./fence-off.ts"
import { forgetDeadLetters } from "./move-dead-letters.ts"
import { subscriptionNameOf } from "./projection-names.ts"
import { superseded } from "./superseded.ts"

/**
 * Empties a projection and sets its subscription back to the beginning, in one transaction: the subscription, where it runs, fills it again. Until then
 * readers see what is there so far. It needs no room for a second copy, and nothing that runs; where readers mustn't notice, `rebuildProjection`.
 * Give it `from` if the subscription has it. Rejects with `PROJECTION_SUPERSEDED`, with `INVALID_OPTION` for a version that isn't live yet, or with a
 * retryable `STORE_BUSY` when an instance is just taking over.
 */
export async function rebuildInPlace<Tx>(
  store: EventStore<Tx>,
  projection: StoredProjection<Tx>,
  { from = "beginning" }: Pick<ProjectionSubscriptionSettings, "from"> = {},
): Promise<void> {
  if (from === "end") throw invalidOption("from", "can't be the end: a rebuild reads what was before it")
  const { name, version, target } = projection
  const subscription = subscriptionNameOf(projection)
  await store.transaction(async (unitOfWork) => {
    const { live } = await inspectCopies(unitOfWork.leases, name)
    if (live !== undefined && live.version > version) throw superseded(projection, live.version)
    if (live !== undefined && live.version < version) {
      throw invalidOption("version", `is that of a copy that isn't live yet: ${live.version} is`)
    }
    await takeCopy(unitOfWork.leases, name, { copy: liveCopy, version, from: live })
    await target.create(unitOfWork, liveCopy)
    await fenceOff(unitOfWork, subscription)
    await unitOfWork.checkpoints.reset(subscription, from === "beginning" ? 0 : from)
    await forgetDeadLetters(unitOfWork, subscription)
  })
}

import type { UnitOfWork } from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"
import { applyStep } from "./apply-step.ts"
import { takeCopy } from "./copy-leases.ts"
import { fenceOff } from "./fence-off.ts"
import { forgetDeadLetters, moveDeadLetters } from "./move-dead-letters.ts"
import { rebuildCopy, rebuildNameOf, subscriptionNameOf } from "./projection-names.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import { checkLive, type RebuildScope, type RebuildStep } from "./rebuild-scope.ts"

/**
 * Puts the copy in place of the live one, if no more events are missing than `stepOf` makes a step of. All in one unit of work: the lease of the live
 * copy is taken first, so those who write to it have ended, and no other begins until the subscription's checkpoint is where the copy is.
 * Returns how far that is; `undefined`: too much is missing yet.
 */
export async function swapIn<Tx>(
  { store, projection }: RebuildScope<Tx>,
  stepOf: (unitOfWork: UnitOfWork<Tx>) => Promise<RebuildStep | undefined>,
  control: { readonly lease: RebuildLease; readonly signal: AbortSignal },
): Promise<RebuildStep | undefined> {
  const { name, version, target } = projection
  const [subscription, rebuild] = [subscriptionNameOf(projection), rebuildNameOf(projection)]
  return store.transaction(async (unitOfWork) => {
    const { checkpoints, leases } = unitOfWork
    const live = await checkLive(unitOfWork, projection)
    await takeCopy(leases, name, { copy: liveCopy, version, from: live })
    const step = await stepOf(unitOfWork)
    if (step === undefined) return undefined
    const handled = (await checkpoints.load(subscription)).map(({ position }) => position)
    if (step.to < Math.max(0, ...handled)) return undefined
    await applyStep(unitOfWork, projection, step, control)
    await target.swap(unitOfWork, rebuildCopy, liveCopy)
    // Also an instance at the very position that is written now must not go on with the dead letters that it knows.
    await fenceOff(unitOfWork, subscription)
    await checkpoints.reset(subscription, step.to)
    await checkpoints.remove(rebuild)
    await forgetDeadLetters(unitOfWork, subscription)
    await moveDeadLetters(unitOfWork, rebuild, subscription)
    return step
  })
}

import { type Checkpoint, type EventStore, slotCount, type UnitOfWork } from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import type { SubscriptionFilter } from "../subscription/subscription-definition.ts"
import { buildCopy, type CopyLeases, inspectCopies, releaseCopy, takeCopy } from "./copy-leases.ts"
import { fenceOff } from "./fence-off.ts"
import { forgetDeadLetters } from "./move-dead-letters.ts"
import { type ProjectionVersion, rebuildCopy, rebuildNameOf, subscriptionNameOf } from "./projection-names.ts"
import { rebuildResource } from "./rebuild-lease.ts"
import { superseded } from "./superseded.ts"

/**
 * Lets a version of a projection take over, if it has caught up: its copy takes the place of the live one, and the versions before it write no more. Its
 * subscription does so by itself with the event that brings it to the end of the log. This is for a log in which no such event comes: none at
 * all, one that was parked, or two that instances handled at the same time. `false`: it hasn't caught up yet. Rejects with `PROJECTION_SUPERSEDED`
 * when a newer version took over, with a retryable `STORE_BUSY` when somebody is just taking over.
 */
export async function takeOver<Tx>(
  store: EventStore<Tx>,
  projection: StoredProjection<Tx>,
  settings: Pick<SubscriptionFilter, "tenant"> = {},
): Promise<boolean> {
  const filter = { ...projection.filter, ...settings }
  return store.transaction(async (unitOfWork) => {
    const { live } = await inspectCopies(unitOfWork.leases, projection.name)
    if (live !== undefined && live.version > projection.version) throw superseded(projection, live.version)
    if (live?.version === projection.version) return true
    if (!(await isCaughtUp(unitOfWork, projection, filter, new Set()))) return false
    await putInPlace(unitOfWork, projection)
    return true
  })
}

/**
 * Whether every event of the projection is handled: those up to the checkpoints of their slots, and those whose positions are given. Other instances may
 * be further behind, or ahead.
 */
export async function isCaughtUp<Tx>(
  { events, checkpoints }: UnitOfWork<Tx>,
  projection: ProjectionVersion,
  filter: SubscriptionFilter,
  handled: ReadonlySet<number>,
): Promise<boolean> {
  const isHandled = async (after: number, limit: number, slots?: readonly number[]) => {
    const reader = events.readAll({ ...filter, ...(slots !== undefined && { slots }), after, limit })
    for await (const page of reader.undecodedPages()) {
      if (!page.events.every(({ position }) => handled.has(position))) return false
    }
    return true
  }
  const cohorts = slotsByPosition(await checkpoints.load(subscriptionNameOf(projection)))
  // Of an instance that has all slots this is all that is asked while there is much to do.
  if (cohorts.size === 1 && !(await isHandled(Math.max(0, ...handled), 1))) return false
  for (const [position, slots] of cohorts) {
    const some = slots.length < slotCount ? slots : undefined
    if (!(await isHandled(position, handled.size + 1, some))) return false
  }
  return true
}

/** Puts a version's copy in the place of the live one, and forgets what the versions before it have. */
export async function putInPlace<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
): Promise<void> {
  const { name, version, target } = projection
  const { leases } = unitOfWork
  const copies = await inspectCopies(leases, name)
  if (copies.live !== undefined && copies.live.version > version)
    throw superseded(projection, copies.live.version)
  await takeCopy(leases, name, { copy: liveCopy, version, from: copies.live })
  const own = copies.builds.find((build) => build.version === version)
  if (own === undefined) await target.create(unitOfWork, buildCopy(version))
  else await releaseCopy(leases, own)
  await target.swap(unitOfWork, buildCopy(version), liveCopy)
  await forgetOlder(unitOfWork, projection, copies)
}

async function forgetOlder<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  { name, version, target }: StoredProjection<Tx>,
  { live, builds }: CopyLeases,
): Promise<void> {
  const older = builds.filter((build) => build.version < version)
  for (const build of older) {
    await releaseCopy(unitOfWork.leases, build)
    await target.drop(unitOfWork, build.copy)
  }
  const gone = [...(live === undefined ? [] : [live]), ...older].map((lease) => ({
    name,
    version: lease.version,
  }))
  const known = await unitOfWork.checkpoints.list()
  for (const before of gone) {
    await forget(unitOfWork, subscriptionNameOf(before))
    if (!known.includes(rebuildNameOf(before))) continue
    await forget(unitOfWork, rebuildNameOf(before), [rebuildResource])
    await target.drop(unitOfWork, rebuildCopy)
  }
}

async function forget<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  subscription: string,
  leased?: readonly string[],
): Promise<void> {
  await fenceOff(unitOfWork, subscription, leased)
  await unitOfWork.checkpoints.remove(subscription)
  await forgetDeadLetters(unitOfWork, subscription)
}

function slotsByPosition(checkpoints: readonly Checkpoint[]): ReadonlyMap<number, readonly number[]> {
  const positions = new Array<number>(slotCount).fill(0)
  for (const { slots, position } of checkpoints) positions.fill(position, slots.first, slots.last + 1)
  return Map.groupBy(positions.keys(), (slot) => positions[slot] as number)
}

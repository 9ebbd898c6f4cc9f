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
 * subscription does so by itself with the event that brings it to the end of the log; this is for a log in which no such event comes. `false`: it
 * hasn't caught up yet. Rejects with `PROJECTION_SUPERSEDED` when a newer version took over.
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
 * Whether every event of the projection is handled: those up to the checkpoint, and those whose positions are given. Other instances may have slots that are further
 * behind.
 */
export async function isCaughtUp<Tx>(
  { events, checkpoints }: UnitOfWork<Tx>,
  projection: ProjectionVersion,
  filter: SubscriptionFilter,
  handled: ReadonlySet<number>,
): Promise<boolean> {
  const read = async (after: number, limit: number) => {
    const reader = events.readAll({ ...filter, after, limit })
    const positions: number[] = []
    for await (const page of reader.undecodedPages())
      for (const event of page.events) positions.push(event.position)
    return positions
  }
  // While there is much to do this is all that is asked.
  if ((await read(Math.max(0, ...handled), 1)).length > 0) return false
  const waiting = await read(
    leastPosition(await checkpoints.load(subscriptionNameOf(projection))),
    handled.size + 1,
  )
  return waiting.every((position) => handled.has(position))
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

function leastPosition(checkpoints: readonly Checkpoint[]): number {
  const slots = checkpoints.reduce((sum, { slots: { first, last } }) => sum + last - first + 1, 0)
  return slots < slotCount ? 0 : Math.min(...checkpoints.map(({ position }) => position))
}

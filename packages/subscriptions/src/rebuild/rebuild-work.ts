import {
  AnnalsError,
  type EventStore,
  type NewDeadLetter,
  type RecordedEvent,
  type UnitOfWork,
} from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import { deadLetterSource } from "../subscription/driver/runtime.ts"
import type { SubscriptionDefinition } from "../subscription/subscription-definition.ts"
import { type CopyLease, inspectCopies, takeCopy } from "./copy-leases.ts"
import { fenceOff } from "./fence-off.ts"
import { forgetDeadLetters, moveDeadLetters } from "./move-dead-letters.ts"
import { rebuildCopy, rebuildNameOf, subscriptionNameOf } from "./projection-names.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import { superseded } from "./superseded.ts"

/** What a rebuild works on. */
export interface RebuildScope<Tx> {
  readonly store: EventStore<Tx>
  readonly projection: StoredProjection<Tx>
  /** How the projection's subscription reads. */
  readonly definition: SubscriptionDefinition<Tx>
}

/** Events to apply, and to park, with which the rebuild's checkpoint moves. */
export interface RebuildStep {
  readonly events: readonly RecordedEvent[]
  readonly parked: readonly NewDeadLetter[]
  readonly from: number
  readonly to: number
}

/** Thrown out of a unit of work: the checkpoint isn't where it was left, perhaps because a commit succeeded whose answer was lost. */
export class CheckpointMoved extends Error {}

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
    const live = await checkLive(unitOfWork, projection)
    if (live === undefined) {
      const { version } = projection
      await takeCopy(leases, projection.name, { copy: liveCopy, version, from: undefined })
    }
    if (!restart && (await isBegun(unitOfWork, projection))) return rebuiltTo(unitOfWork, projection)
    await forgetDeadLetters(unitOfWork, name)
    await projection.target.create(unitOfWork, rebuildCopy)
    await checkpoints.reset(name, from)
    return from
  })
}

/** Rejects with `CheckpointMoved`, `LEASE_LOST`, `PROJECTION_SUPERSEDED`, and with what the handlers throw. */
export async function applyStep<Tx>(
  { store, projection }: RebuildScope<Tx>,
  step: RebuildStep,
  lease: RebuildLease,
  signal: AbortSignal,
): Promise<void> {
  await store.transaction(async (unitOfWork) => {
    await checkLive(unitOfWork, projection)
    await apply(unitOfWork, projection, step, lease, signal)
  })
}

/**
 * Puts the copy in place of the live one, if no more events are missing than `stepOf` makes a step of. All in one unit of work: the lease of the live
 * copy is taken first, so those who write to it have ended, and no other begins until the subscription's checkpoint is where the copy is.
 * Returns how far that is; `undefined`: too much is missing yet.
 */
export async function swapIn<Tx>(
  { store, projection }: RebuildScope<Tx>,
  stepOf: (unitOfWork: UnitOfWork<Tx>) => Promise<RebuildStep | undefined>,
  lease: RebuildLease,
  signal: AbortSignal,
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
    await apply(unitOfWork, projection, step, lease, signal)
    await target.swap(unitOfWork, rebuildCopy, liveCopy)
    await fenceOff(unitOfWork, subscription)
    await checkpoints.reset(subscription, step.to)
    await checkpoints.remove(rebuild)
    await forgetDeadLetters(unitOfWork, subscription)
    await moveDeadLetters(unitOfWork, rebuild, subscription)
    return step
  })
}

/** How far an unfinished rebuild is; `undefined`: there is none. */
export async function findRebuild<Tx>({ store, projection }: RebuildScope<Tx>): Promise<number | undefined> {
  return (await isBegun(store, projection)) ? rebuiltTo(store, projection) : undefined
}

async function isBegun<Tx>(
  { checkpoints }: Pick<UnitOfWork<Tx>, "checkpoints">,
  projection: StoredProjection<Tx>,
): Promise<boolean> {
  return (await checkpoints.list()).includes(rebuildNameOf(projection))
}

async function rebuiltTo<Tx>(
  { checkpoints }: Pick<UnitOfWork<Tx>, "checkpoints">,
  projection: StoredProjection<Tx>,
): Promise<number> {
  return (await checkpoints.load(rebuildNameOf(projection)))[0]?.position ?? 0
}

async function apply<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
  { events, parked, from, to }: RebuildStep,
  lease: RebuildLease,
  signal: AbortSignal,
): Promise<void> {
  const { checkpoints, deadLetters, leases } = unitOfWork
  const name = rebuildNameOf(projection)
  // Before anything is written: who takes over from this rebuild waits for the lease, not for rows.
  await lease.hold(leases)
  if (events.length > 0) {
    await untilAborted(signal, () => projection.target.apply(unitOfWork, rebuildCopy, events, signal))
  }
  if (parked.length > 0) await deadLetters.park(deadLetterSource(name), parked)
  signal.throwIfAborted()
  if ((await checkpoints.advance(name, { from, to })) !== "advanced") throw new CheckpointMoved()
}

/** A handler that doesn't listen to the signal is left behind: its unit of work is rolled back, and refuses what it writes later. */
function untilAborted<Result>(signal: AbortSignal, run: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener("abort", abort, { once: true })
    const end = () => signal.removeEventListener("abort", abort)
    run().then(resolve, reject).finally(end)
  })
}

/** The version that is live must be the one that is rebuilt. */
async function checkLive<Tx>(
  { leases }: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
): Promise<CopyLease | undefined> {
  const { live } = await inspectCopies(leases, projection.name)
  if (live === undefined || live.version === projection.version) return live
  if (live.version > projection.version) throw superseded(projection, live.version)
  const message = `version ${live.version} of projection "${projection.name}" is live: version ${projection.version} is being made as it is, by its subscription`
  throw new AnnalsError("INVALID_OPTION", message, { path: "version" })
}

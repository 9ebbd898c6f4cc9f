import type { UnitOfWork } from "@annals/core"
import { deadLetterSource } from "../dead-letters/dead-letter-source.ts"
import type { StoredProjection } from "../projections/stored-projection.ts"
import { rebuildCopy, rebuildNameOf } from "./projection-names.ts"
import type { RebuildLease } from "./rebuild-lease.ts"
import type { RebuildStep } from "./rebuild-scope.ts"

/** Thrown out of a unit of work: the checkpoint isn't where it was left, perhaps because a commit succeeded whose answer was lost. */
export class CheckpointMoved extends Error {}

/** Brings the copy, and the rebuild's checkpoint, a step on. Rejects with `CheckpointMoved`, `LEASE_LOST`, and with what the handlers throw. */
export async function applyStep<Tx>(
  unitOfWork: UnitOfWork<Tx>,
  projection: StoredProjection<Tx>,
  { events, parked, from, to }: RebuildStep,
  { lease, signal }: { readonly lease: RebuildLease; readonly signal: AbortSignal },
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

import { AnnalsError, type EventStore, type Fence } from "@annals/core"
import { type ProjectionVersion, rebuildNameOf } from "./projection-names.ts"

const resource = "rebuild"

/** Keeps a second rebuild of a projection away. */
export interface RebuildLease {
  readonly fence: Fence
  /** Renews it. Rejects with `LEASE_LOST` when somebody else has it. */
  renew(): Promise<void>
  release(): Promise<void>
}

/** Waits out a rebuild that died; one that is alive makes it reject with `REBUILD_RUNNING`. */
export async function takeRebuildLease(
  { leases, clock, generateId }: Pick<EventStore, "leases" | "clock" | "generateId">,
  projection: ProjectionVersion,
  ttlMs: number,
  signal: AbortSignal,
): Promise<RebuildLease> {
  const group = rebuildNameOf(projection)
  const owner = generateId()
  const acquire = async () => {
    await leases.heartbeat(group, owner, ttlMs)
    return (await leases.acquire(group, owner, [resource]))[0]
  }
  let lease = await acquire()
  if (lease === undefined) {
    // If its owner is dead, its time is over after that.
    await clock.sleep(ttlMs, signal).catch(() => {})
    lease = signal.aborted ? undefined : await acquire()
  }
  if (lease === undefined) {
    await leases.leave(group, owner)
    signal.throwIfAborted()
    throw new AnnalsError("REBUILD_RUNNING", `another rebuild of projection "${projection.name}" runs`)
  }
  const fence = { group, resource, owner, number: lease.fence }
  return {
    fence,
    async renew() {
      await leases.heartbeat(group, owner, ttlMs)
      if (!(await leases.holds([fence]))) throw leaseLost(projection)
    },
    release: () => leases.leave(group, owner),
  }
}

export function leaseLost({ name }: ProjectionVersion): AnnalsError {
  return new AnnalsError("LEASE_LOST", `another rebuild of projection "${name}" took this one's place`)
}

import { AnnalsError, type EventStore, type Lease, type LeaseStore } from "@annals/core"
import { inspectCopies } from "./copy-leases.ts"
import { type ProjectionVersion, rebuildNameOf } from "./projection-names.ts"
import { superseded } from "./superseded.ts"

/** What a rebuild leases. */
export const rebuildResource = "rebuild"

/** Keeps a second rebuild of a projection away. */
export interface RebuildLease {
  /**
   * Makes sure in a unit of work that nobody else gets it before that ends. Rejects with `LEASE_LOST` when somebody else has it; where only its
   * time is over (the process was asleep), it is held again.
   */
  hold(leases: LeaseStore): Promise<void>
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
  let lease: Lease | undefined
  for (let waited = false; lease === undefined; ) {
    signal.throwIfAborted()
    const { leases: held } = await leases.heartbeat(group, owner, ttlMs)
    if (held.length === 0) {
      lease = (await leases.acquire(group, owner, [rebuildResource]))[0]
    } else if (waited) {
      await leases.leave(group, owner)
      throw new AnnalsError("REBUILD_RUNNING", `another rebuild of projection "${projection.name}" runs`)
    } else {
      // If its owner is dead, its time is over after that.
      await clock.sleep(ttlMs, signal)
      waited = true
    }
  }
  const number = lease.fence
  // What the heartbeat itself says: by the next call the time could be over again, on a busy machine.
  const renewIn = async (store: LeaseStore) => {
    const { leases: held } = await store.heartbeat(group, owner, ttlMs)
    const isOwn = held.some(
      (one) => one.resource === rebuildResource && one.owner === owner && one.fence === number,
    )
    if (!isOwn) throw await lost(store, projection)
  }
  return {
    async hold(store) {
      while (!(await store.holds([{ group, resource: rebuildResource, owner, number }]))) await renewIn(store)
    },
    renew: () => renewIn(leases),
    release: () => leases.leave(group, owner),
  }
}

/** Whoever takes over with a newer version takes this lease as well. */
async function lost(leases: LeaseStore, projection: ProjectionVersion): Promise<AnnalsError> {
  const { name, version } = projection
  const { live } = await inspectCopies(leases, name)
  if (live !== undefined && live.version > version) return superseded(projection, live.version)
  return new AnnalsError("LEASE_LOST", `another rebuild of projection "${name}" took this one's place`)
}

import { AnnalsError, type EventStore, type LeaseStore } from "@annals/core"
import { inspectCopies } from "./copy-leases.ts"
import { type ProjectionVersion, rebuildNameOf } from "./projection-names.ts"
import { superseded } from "./superseded.ts"

const resource = "rebuild"

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
  const fences = [{ group, resource, owner, number: lease.fence }]
  const renewIn = async (store: LeaseStore) => {
    await store.heartbeat(group, owner, ttlMs)
    if (!(await store.holds(fences))) throw await lost(store, projection)
  }
  return {
    async hold(store) {
      if (!(await store.holds(fences))) await renewIn(store)
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

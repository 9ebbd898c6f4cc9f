import type { Fence, Lease, LeaseGroup, LeaseStore } from "@annals/core"
import type { SqlRow, SqlRunner, SqlValue } from "../sql/sql-runner.ts"
import {
  acquireLeases,
  heartbeat,
  holdLeases,
  inspectLeases,
  leaveGroup,
  releaseLeases,
} from "../statements/leases.ts"

/** Time is the database's, at the moment of each statement. */
export function createPostgresLeaseStore(runner: SqlRunner, tenant: string): LeaseStore {
  return {
    heartbeat: async (group, owner, ttlMs) =>
      toGroup(await runner.run(heartbeat, [tenant, group, owner, ttlMs])),
    async acquire(group, owner, resources) {
      const rows = await runner.run(acquireLeases, [tenant, group, owner, resources])
      return rows.map(([resource, holder, fence]) => toLease(resource, holder, fence))
    },
    async release(group, owner, resources) {
      await runner.run(releaseLeases, [tenant, group, owner, resources])
    },
    async leave(group, owner) {
      await runner.run(leaveGroup, [tenant, group, owner])
    },
    inspect: async (group) => toGroup(await runner.run(inspectLeases, [tenant, group])),
    async holds(fences) {
      const [row] = await runner.run(holdLeases, [tenant, ...fenceValues(fences)])
      return row?.[0] === "t"
    },
  }
}

/** Groups, resources, owners and numbers, each in an array of its own. */
export function fenceValues(fences: readonly Fence[]): readonly SqlValue[] {
  return [
    fences.map(({ group }) => group),
    fences.map(({ resource }) => resource),
    fences.map(({ owner }) => owner),
    fences.map(({ number }) => number),
  ]
}

/** The first row carries only the time; owners follow, then leases. */
function toGroup(rows: readonly SqlRow[]): LeaseGroup {
  const owners: string[] = []
  const leases: Lease[] = []
  for (const [owner, resource, fence] of rows) {
    if (typeof resource === "string") leases.push(toLease(resource, owner, fence))
    else if (typeof owner === "string") owners.push(owner)
  }
  return { owners, leases, now: Number(rows[0]?.[3]) }
}

function toLease(resource: unknown, owner: unknown, fence: unknown): Lease {
  return { resource: resource as string, owner: owner as string, fence: Number(fence) }
}

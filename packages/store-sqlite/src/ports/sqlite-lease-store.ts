import type { Clock, Fence, Lease, LeaseGroup, LeaseStore } from "@annals/core"
import type { Connection } from "../connection.ts"
import {
  forgetOwner,
  holdsLease,
  isAlive,
  listLeases,
  listOwners,
  releaseAll,
  releaseLeases,
  removeExpired,
  renewOwner,
  takeLeases,
} from "../statements/leases.ts"
import type { PortAccess } from "./port-access.ts"

/** Time is the store's clock: SQLite has no server whose clock all could go by. */
export function createSqliteLeaseStore(
  tenant: string,
  { read, write }: PortAccess,
  clock: Clock,
): LeaseStore {
  const inspect = (connection: Connection, group: string, now: number): LeaseGroup => ({
    owners: connection.all<[string]>(listOwners, tenant, group, now).map(([owner]) => owner),
    leases: connection.all<LeaseRow>(listLeases, tenant, group, now).map(toLease),
    now,
  })

  return {
    heartbeat: (group, owner, ttlMs) =>
      write((connection) => {
        const now = clock.now()
        connection.run(removeExpired, tenant, group, now)
        connection.run(renewOwner, tenant, group, owner, now + ttlMs)
        return inspect(connection, group, now)
      }),
    acquire: (group, owner, resources) =>
      write((connection) => {
        const now = clock.now()
        if (connection.get(isAlive, tenant, group, owner, now) === undefined) return []
        return connection
          .all<LeaseRow>(takeLeases, tenant, group, owner, JSON.stringify(resources), now)
          .map(toLease)
      }),
    release: (group, owner, resources) =>
      write((connection) => {
        connection.run(releaseLeases, tenant, group, owner, JSON.stringify(resources))
      }),
    leave: (group, owner) =>
      write((connection) => {
        connection.run(releaseAll, tenant, group, owner)
        connection.run(forgetOwner, tenant, group, owner)
      }),
    inspect: (group) =>
      read((connection) => connection.snapshot(() => inspect(connection, group, clock.now()))),
    holds: (fences) =>
      read((connection) => connection.snapshot(() => holdsAll(connection, tenant, fences, clock.now()))),
  }
}

/** Whether all these leases are still held under those numbers. */
export function holdsAll(
  connection: Connection,
  tenant: string,
  fences: readonly Fence[],
  now: number,
): boolean {
  return fences.every(
    ({ group, resource, owner, number }) =>
      connection.get(holdsLease, tenant, group, resource, owner, number, now) !== undefined,
  )
}

type LeaseRow = [resource: string, owner: string, fence: number]

function toLease([resource, owner, fence]: LeaseRow): Lease {
  return { resource, owner, fence }
}

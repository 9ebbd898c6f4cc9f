import type { Clock } from "../ports/clock.ts"
import type { Fence, Lease, LeaseGroup, LeaseStore } from "../ports/lease-store.ts"
import { compareText } from "../streams/compare-text.ts"
import type { TableAccess } from "./memory-ports.ts"
import { keyOf } from "./memory-table.ts"
import type { MemoryTables } from "./memory-tables.ts"

export function createMemoryLeaseStore({ read, write }: TableAccess, clock: Clock): LeaseStore {
  return {
    heartbeat: (group, owner, ttlMs) =>
      write((tables) => {
        const now = clock.now()
        forgetExpired(tables, group, now)
        tables.leaseOwners.set(keyOf(group, owner), { group, owner, expiresAt: now + ttlMs })
        return inspect(tables, group, now)
      }),
    acquire: (group, owner, resources) =>
      write((tables) => acquire(tables, group, owner, resources, clock.now())),
    release: (group, owner, resources) =>
      write((tables) => release(tables, group, owner, new Set(resources))),
    leave: (group, owner) =>
      write((tables) => {
        release(tables, group, owner)
        tables.leaseOwners.delete(keyOf(group, owner))
      }),
    inspect: (group) => read((tables) => inspect(tables, group, clock.now())),
    holds: (fences) => read((tables) => holdsAll(tables, fences, clock.now())),
  }
}

/** Whether all these leases are still held under those numbers. */
export function holdsAll(tables: MemoryTables, fences: readonly Fence[], now: number): boolean {
  return fences.every(({ group, resource, owner, number }) => {
    const lease = tables.leases.get(keyOf(group, resource))
    return lease?.owner === owner && lease.fence === number && isAlive(tables, group, owner, now)
  })
}

function acquire(
  tables: MemoryTables,
  group: string,
  owner: string,
  resources: readonly string[],
  now: number,
): readonly Lease[] {
  if (!isAlive(tables, group, owner, now)) return []
  const acquired: Lease[] = []
  for (const resource of new Set(resources)) {
    const key = keyOf(group, resource)
    const there = tables.leases.get(key)
    if (there?.owner !== undefined && isAlive(tables, group, there.owner, now)) continue
    const fence = (there?.fence ?? 0) + 1
    tables.leases.set(key, { group, resource, owner, fence })
    acquired.push({ resource, owner, fence })
  }
  return acquired
}

/** Gives back these resources, or all that the owner has. */
function release(tables: MemoryTables, group: string, owner: string, resources?: ReadonlySet<string>): void {
  for (const lease of [...tables.leases.rows()]) {
    const isOwn = lease.group === group && lease.owner === owner
    if (isOwn && (resources?.has(lease.resource) ?? true)) {
      tables.leases.set(keyOf(group, lease.resource), { ...lease, owner: undefined })
    }
  }
}

function inspect(tables: MemoryTables, group: string, now: number): LeaseGroup {
  const live = [...tables.leaseOwners.rows()].filter((row) => row.group === group && row.expiresAt > now)
  const owners = live.map((row) => row.owner).sort(compareText)
  const leases: Lease[] = []
  for (const { group: of, resource, owner, fence } of tables.leases.rows()) {
    if (of === group && owner !== undefined && owners.includes(owner)) leases.push({ resource, owner, fence })
  }
  return { owners, leases: leases.sort((left, right) => compareText(left.resource, right.resource)), now }
}

function isAlive(tables: MemoryTables, group: string, owner: string, now: number): boolean {
  const row = tables.leaseOwners.get(keyOf(group, owner))
  return row !== undefined && row.expiresAt > now
}

/** Leases keep the name of their owner, who gets back what nobody took meanwhile. */
function forgetExpired(tables: MemoryTables, group: string, now: number): void {
  for (const { group: of, owner, expiresAt } of [...tables.leaseOwners.rows()]) {
    if (of === group && expiresAt <= now) tables.leaseOwners.delete(keyOf(group, owner))
  }
}

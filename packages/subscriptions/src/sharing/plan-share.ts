import type { LeaseGroup } from "@annals/core"

/** What an owner should do next about its share. */
export interface SharePlan {
  /** To be taken: nobody alive holds them. */
  readonly acquire: readonly string[]
  /** To be given up, once they are finished with. */
  readonly release: readonly string[]
}

/**
 * Tells an owner what to take and what to give up, from the group as it sees it, so that all of them come to a fair partition without talking to
 * each other: every owner ends with the floor or the ceiling of resources / owners.
 *
 * - Nobody takes what another one holds: whoever has too much gives up, and whoever has too little takes what is free.
 * - Only so many owners as there are left-over resources may have the ceiling. Whoever gets there first keeps it; where too many did, because
 *   their views were old, the last by name give one up. So nothing moves between owners that are level already.
 * - With a single resource this makes one active owner, which is never asked to give up, and lets anyone take over what is free.
 */
export function planShare(group: LeaseGroup, owner: string, resources: readonly string[]): SharePlan {
  const place = group.owners.indexOf(owner)
  if (place < 0) return { acquire: [], release: [] }
  const holders = holdersOf(group, resources)
  const own = resources.filter((resource) => holders.get(resource) === owner)
  const floor = Math.floor(resources.length / group.owners.length)
  const leftOver = resources.length % group.owners.length
  const aboveFloor = ownersAbove(floor, group.owners, holders)
  const mayStayAbove = aboveFloor.indexOf(owner) < leftOver
  const most = aboveFloor.length < leftOver ? floor + 1 : floor
  const free = resources.filter((resource) => !holders.has(resource))
  const from = Math.floor((place * free.length) / group.owners.length)
  return {
    acquire: around(free, from, most - own.length),
    release: own.slice(mayStayAbove ? floor + 1 : floor),
  }
}

function holdersOf({ leases }: LeaseGroup, resources: readonly string[]): ReadonlyMap<string, string> {
  const known = new Set(resources)
  return new Map(
    leases.filter((lease) => known.has(lease.resource)).map((lease) => [lease.resource, lease.owner]),
  )
}

/** By name: the same for everyone, and independent of how far each of them is with giving up. */
function ownersAbove(
  count: number,
  owners: readonly string[],
  holders: ReadonlyMap<string, string>,
): readonly string[] {
  const counts = new Map<string, number>()
  for (const holder of holders.values()) counts.set(holder, (counts.get(holder) ?? 0) + 1)
  return owners.filter((owner) => (counts.get(owner) ?? 0) > count)
}

/** So many of a list, from a place on and around its end: owners that look at once begin at different places. */
function around(list: readonly string[], from: number, count: number): readonly string[] {
  return [...list.slice(from), ...list.slice(0, from)].slice(0, Math.max(0, count))
}

import type { UnitOfWork } from "@annals/core"

/**
 * Takes from all instances of a subscription what they hold, so that none of them commits, or goes on, with what it knew before: each is given its slots
 * anew, and loads checkpoint and dead letters again.
 */
export async function fenceOff<Tx>({ leases }: UnitOfWork<Tx>, subscription: string): Promise<void> {
  const group = await leases.inspect(subscription)
  for (const owner of group.owners) {
    const held = group.leases.filter((lease) => lease.owner === owner).map(({ resource }) => resource)
    await leases.release(subscription, owner, held)
  }
}

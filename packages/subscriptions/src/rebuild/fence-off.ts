import { AnnalsError, type UnitOfWork } from "@annals/core"
import { slotBlocks } from "../sharing/slot-blocks.ts"

/** Whatever the instances of a subscription lease, one by one or all together. */
const everySlot = [...slotBlocks("one-active"), ...slotBlocks("shared")].map(({ resource }) => resource)

/**
 * Takes from all instances of a subscription what they hold, so that none of them commits, or goes on, with what it knew before: each is given its slots
 * anew, and loads checkpoint and dead letters again. Rejects with `STORE_BUSY` where somebody is just taking one of them.
 */
export async function fenceOff<Tx>(
  { leases, events }: UnitOfWork<Tx>,
  subscription: string,
  resources: readonly string[] = everySlot,
): Promise<void> {
  const group = await leases.inspect(subscription)
  for (const owner of group.owners) {
    const held = group.leases.filter((lease) => lease.owner === owner).map(({ resource }) => resource)
    await leases.release(subscription, owner, held)
  }
  // Given back isn't enough: one whose time is over isn't listed, and when it comes back it holds what nobody took meanwhile.
  const owner = events.generateId()
  await leases.heartbeat(subscription, owner, 60_000)
  const taken = await leases.acquire(subscription, owner, resources)
  if (taken.length < resources.length) {
    const message = `an instance of "${subscription}" is just taking over: try again`
    throw new AnnalsError("STORE_BUSY", message, { retryable: true })
  }
  await leases.leave(subscription, owner)
}

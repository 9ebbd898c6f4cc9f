import { AnnalsError, type Fence, type LeaseStore } from "@annals/core"
import { liveCopy } from "../projections/projection-target.ts"

/**
 * Which version of a projection fills which of its copies, kept as leases that don't expire. Whoever writes to a copy holds its lease in the same unit
 * of work, beside others that do; whoever puts another copy in its place takes the lease anew, which waits for the writers and gives it
 * another number. So no write to a copy can be overtaken by a swap, however slow its transaction is.
 */
export interface CopyLeases {
  /** The one that is read; `undefined`: nothing was ever written. */
  readonly live: CopyLease | undefined
  /** Of newer versions, which aren't read yet. */
  readonly builds: readonly CopyLease[]
}

/** A copy, and who fills it. */
export interface CopyLease {
  readonly copy: string
  readonly version: number
  readonly fence: Fence
}

/** Some three thousand years: a copy belongs to its version until another takes it. */
const foreverMs = 1e14

/** The copy that a version fills until it takes over. */
export function buildCopy(version: number): string {
  return `v${version}`
}

export async function inspectCopies(leases: LeaseStore, projection: string): Promise<CopyLeases> {
  const group = groupOf(projection)
  const found = (await leases.inspect(group)).leases.map(({ resource, owner, fence }) => ({
    copy: resource,
    version: Number(owner),
    fence: { group, resource, owner, number: fence },
  }))
  return {
    live: found.find(({ copy }) => copy === liveCopy),
    builds: found.filter(({ copy }) => copy !== liveCopy),
  }
}

/**
 * Takes a copy for a version, from whoever has it. Waits for the units of work that hold it, and lets no other hold it before this one ends. Rejects with
 * `STORE_BUSY` where somebody else is just taking it.
 */
export async function takeCopy(
  leases: LeaseStore,
  projection: string,
  {
    copy,
    version,
    from,
  }: { readonly copy: string; readonly version: number; readonly from: CopyLease | undefined },
): Promise<CopyLease> {
  const group = groupOf(projection)
  const owner = String(version)
  if (from !== undefined) await leases.release(group, from.fence.owner, [copy])
  await leases.heartbeat(group, owner, foreverMs)
  const [lease] = await leases.acquire(group, owner, [copy])
  if (lease === undefined) {
    const message = `somebody else is just taking a copy of projection "${projection}": try again`
    throw new AnnalsError("STORE_BUSY", message, { retryable: true })
  }
  return { copy, version, fence: { group, resource: copy, owner, number: lease.fence } }
}

/** Gives up a copy that is dropped. Waits like {@link takeCopy}. */
export async function releaseCopy(leases: LeaseStore, { fence }: CopyLease): Promise<void> {
  await leases.release(fence.group, fence.owner, [fence.resource])
}

function groupOf(projection: string): string {
  return `${projection}/copies`
}

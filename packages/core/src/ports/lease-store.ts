/**
 * Shares out resources (such as the slots of a subscription) among the live instances of a group. An instance stays alive by one
 * heartbeat for all it holds; a lease is held while its owner lives and nobody was given it since.
 *
 * Times are judged by the store's own clock (the database's, where it has one), so instances' clocks needn't agree.
 */
export interface LeaseStore {
  /** Registers the owner or renews it, for `ttlMs` from now, and tells how the group stands. An expired owner that comes back holds what nobody took meanwhile. */
  heartbeat(group: string, owner: string, ttlMs: number): Promise<LeaseGroup>
  /** Takes those of the resources that nobody alive holds, each with a higher fence than any before it. An owner that isn't alive gets none. */
  acquire(group: string, owner: string, resources: readonly string[]): Promise<readonly Lease[]>
  /** Gives back those of these leases that are still held. */
  release(group: string, owner: string, resources: readonly string[]): Promise<void>
  /** Gives back everything and leaves the group. */
  leave(group: string, owner: string): Promise<void>
  /** How the group stands: its live owners, and all leases that they hold. */
  inspect(group: string): Promise<LeaseGroup>
  /**
   * Whether all these leases are still held by that owner, alive, under those numbers. Inside a unit of work nobody can be given them before it ends.
   */
  holds(fences: readonly Fence[]): Promise<boolean>
}

/** A claim to hold a lease: it is void once somebody else was given the resource, which then has a higher number. */
export interface Fence {
  readonly group: string
  readonly resource: string
  readonly owner: string
  readonly number: number
}

/** A resource that an owner holds. */
export interface Lease {
  readonly resource: string
  readonly owner: string
  /** Rises with every acquisition of the resource. */
  readonly fence: number
}

/** How a group stands. */
export interface LeaseGroup {
  /** Live owners, sorted. */
  readonly owners: readonly string[]
  /** Leases of live owners, sorted by resource. */
  readonly leases: readonly Lease[]
  /** Epoch milliseconds by the store's clock. */
  readonly now: number
}

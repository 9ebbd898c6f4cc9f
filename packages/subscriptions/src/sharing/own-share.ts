import type { Lease, LeaseGroup } from "@annals/core"
import type { HeldSlots, Holding } from "./holding.ts"
import { planShare } from "./plan-share.ts"
import type { SlotBlock } from "./slot-blocks.ts"

/** What follows from how the group stands. */
export interface ShareReview {
  /** To be given back at once: in the store they are this owner's, but nothing works on them. */
  readonly strays: readonly string[]
  /** To be taken, after that. */
  readonly acquire: readonly string[]
}

/**
 * The leases that this run of an instance took and didn't give back. What the store lists under the owner's name beside them are strays: what was
 * released, what an acquisition took whose answer was lost, or what a former run under the same name had, which may still be at work. They are given
 * back, and taken anew, under a higher number, if they are part of the share.
 */
export class OwnShare {
  readonly #group: string
  readonly #owner: string
  readonly #blocks: readonly SlotBlock[]
  readonly #fences = new Map<string, number>()
  #surplus: readonly string[] = []

  constructor(group: string, owner: string, blocks: readonly SlotBlock[]) {
    this.#group = group
    this.#owner = owner
    this.#blocks = blocks
  }

  /** Forgets what others have, or could have had. */
  review(seen: LeaseGroup): ShareReview {
    const own = seen.leases.filter((lease) => this.#isOwn(lease)).map(({ resource }) => resource)
    const lost = [...this.#fences.keys()].filter((resource) => !own.includes(resource))
    this.remove(lost)
    const isStray = (lease: Lease) => lease.owner === this.#owner && !this.#isOwn(lease)
    const plan = planShare(
      { ...seen, leases: seen.leases.filter((lease) => !isStray(lease)) },
      this.#owner,
      this.#blocks.map(({ resource }) => resource),
    )
    this.#surplus = plan.release
    return { strays: seen.leases.filter(isStray).map(({ resource }) => resource), acquire: plan.acquire }
  }

  add(leases: readonly Lease[]): void {
    for (const { resource, fence } of leases) this.#fences.set(resource, fence)
  }

  remove(resources: readonly string[]): void {
    for (const resource of resources) this.#fences.delete(resource)
  }

  holding(): Holding {
    const held = this.#blocks.flatMap(({ resource, slots }): HeldSlots[] => {
      const number = this.#fences.get(resource)
      if (number === undefined) return []
      return [{ resource, slots, fence: { group: this.#group, resource, owner: this.#owner, number } }]
    })
    return { held, surplus: this.#surplus.filter((resource) => this.#fences.has(resource)) }
  }

  #isOwn({ resource, owner, fence }: Lease): boolean {
    return owner === this.#owner && this.#fences.get(resource) === fence
  }
}

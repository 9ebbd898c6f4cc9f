import type { LeaseGroup } from "@annals/core"
import { planShare } from "../../src/sharing/plan-share.ts"

/** A group of owners that see and act at different times, without clock or store. */
export class LeaseModel {
  readonly resources: readonly string[]
  readonly #holders = new Map<string, string>()
  readonly #views = new Map<string, LeaseGroup>()
  /** How many leases were given up. */
  releases = 0

  constructor(resources: number) {
    this.resources = Array.from({ length: resources }, (_, index) => `r${String(index).padStart(4, "0")}`)
  }

  get owners(): readonly string[] {
    return [...this.#views.keys()].sort()
  }

  /** How many each owner holds. */
  get counts(): readonly number[] {
    return this.owners.map((owner) => this.heldBy(owner).length)
  }

  heldBy(owner: string): readonly string[] {
    return this.resources.filter((resource) => this.#holders.get(resource) === owner)
  }

  join(owner: string): void {
    if (!this.#views.has(owner)) this.#views.set(owner, this.#group([...this.owners, owner]))
  }

  /** Left, or died: the store takes both alike, one at once and one later. */
  remove(owner: string): void {
    this.#views.delete(owner)
    for (const resource of this.heldBy(owner)) this.#holders.delete(resource)
  }

  look(owner: string): void {
    if (this.#views.has(owner)) this.#views.set(owner, this.#group(this.owners))
  }

  /** By what it saw when it last looked, however long ago. Returns whether the plan had anything to do. */
  act(owner: string): boolean {
    const view = this.#views.get(owner)
    if (view === undefined) return false
    const { acquire, release } = planShare(view, owner, this.resources)
    for (const resource of acquire) if (!this.#holders.has(resource)) this.#holders.set(resource, owner)
    for (const resource of release) {
      if (this.#holders.get(resource) !== owner) continue
      this.#holders.delete(resource)
      this.releases++
    }
    return acquire.length + release.length > 0
  }

  #group(owners: readonly string[]): LeaseGroup {
    const leases = this.resources.flatMap((resource) => {
      const owner = this.#holders.get(resource)
      return owner === undefined ? [] : [{ resource, owner, fence: 1 }]
    })
    return { owners: [...owners].sort(), leases, now: 0 }
  }
}

import type { GroupMember, Tenure } from "../bus/bus-driver.ts"
import { Fifo } from "../bus/fifo.ts"
import type { MemoryBusDelivery, MemoryBusEntry } from "./memory-bus-group.ts"

/** Messages in order, those of them that members are working on, and the members' tenures. */
export class MemoryBusPartition {
  readonly #waiting = new Fifo<MemoryBusEntry>()
  readonly #handed = new Map<MemoryBusEntry, GroupMember>()
  #owners: readonly { readonly member: GroupMember; readonly tenure: Tenure }[] = []
  #turn = 0
  /** One assignment after another: a member that doesn't come to its end keeps this partition from others, and no other one. */
  #assigned: Promise<void> = Promise.resolve()

  /** Waiting or handed out. */
  get size(): number {
    return this.#waiting.size + this.#handed.size
  }

  add(entry: MemoryBusEntry): void {
    this.#waiting.push(entry)
  }

  tenureOf(member: GroupMember): Tenure | undefined {
    return this.#owners.find((owner) => owner.member === member)?.tenure
  }

  /** Gives the partition to its owners, as they are by then, once those who lose it are through with what they have begun. */
  assign(ownersOf: () => readonly GroupMember[]): Promise<void> {
    this.#assigned = this.#assigned.then(() => this.#assign(ownersOf()))
    return this.#assigned
  }

  async #assign(members: readonly GroupMember[]): Promise<void> {
    const leaving = this.#owners.filter(({ member }) => !members.includes(member))
    const staying = this.#owners.filter(({ member }) => members.includes(member))
    this.#owners = staying
    await Promise.all(leaving.map(({ member, tenure }) => member.finish(tenure)))
    for (const { member } of leaving) this.withdraw(member)
    this.#owners = members.map(
      (member) =>
        staying.find((owner) => owner.member === member) ?? {
          member,
          tenure: { lost: new AbortController().signal },
        },
    )
  }

  /** What the member hasn't settled waits again, before all that came later. */
  withdraw(member: GroupMember): void {
    this.#owners = this.#owners.filter((owner) => owner.member !== member)
    this.putBack([...this.#handed.keys()].filter((entry) => this.#handed.get(entry) === member))
  }

  /** Only entries that are handed out. */
  putBack(entries: readonly MemoryBusEntry[]): void {
    for (const entry of entries) this.#handed.delete(entry)
    this.#waiting.putFirst(entries.toSorted((one, other) => one.sequence - other.sequence))
  }

  /** Hands the next message to a member that has room, in turn. */
  hand(hasRoom: (member: GroupMember) => boolean): readonly [GroupMember, MemoryBusDelivery] | undefined {
    if (this.#waiting.size === 0) return undefined
    for (let tried = 0; tried < this.#owners.length; tried++) {
      const owner = this.#owners[this.#turn++ % this.#owners.length]
      if (owner === undefined || !hasRoom(owner.member)) continue
      const entry = this.#waiting.take() as MemoryBusEntry
      this.#handed.set(entry, owner.member)
      const { message, attempts } = entry
      const { head, body } = message
      return [owner.member, { tenure: owner.tenure, head, body, attempts, entry, partition: this }]
    }
    return undefined
  }

  /** Whether the entry is the member's to settle; it is over then. */
  settle(entry: MemoryBusEntry, member: GroupMember): boolean {
    return this.#handed.get(entry) === member && this.#handed.delete(entry)
  }
}

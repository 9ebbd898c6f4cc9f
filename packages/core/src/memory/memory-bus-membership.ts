import type { Delivery, GroupMember, GroupMembership } from "../bus/bus-driver.ts"
import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { MemoryBusDelivery, MemoryBusGroup } from "./memory-bus-group.ts"

/** A consumer's place in a group of the memory bus. */
export class MemoryBusMembership implements GroupMembership {
  readonly #group: MemoryBusGroup
  readonly #member: GroupMember
  readonly #sleep: (delayMs: number) => Promise<void>

  constructor(group: MemoryBusGroup, member: GroupMember, sleep: (delayMs: number) => Promise<void>) {
    this.#group = group
    this.#member = member
    this.#sleep = sleep
  }

  acknowledge(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#settle(delivery)
  }

  release(deliveries: readonly Delivery[]): void {
    this.#group.handNoMore(this.#member)
    for (const { entry, partition } of deliveries as readonly MemoryBusDelivery[]) {
      // With order "stream" the messages wait until the member has lost the partition: its later ones must not overtake them.
      if (this.#group.order === "none") partition.putBack([entry])
      this.#group.settled(this.#member)
    }
  }

  async retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    if (!this.#settle(delivery)) return
    const { message } = (delivery as MemoryBusDelivery).entry
    this.#group.addAfter(this.#sleep(delayMs), message, attempts)
  }

  async addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    if (!this.#settle(delivery)) return
    this.#group.deadLetters.add((delivery as MemoryBusDelivery).entry.message, failure)
  }

  noteAttempts(delivery: Delivery, attempts: number): void {
    ;(delivery as MemoryBusDelivery).entry.attempts = attempts
  }

  nudge(slots: readonly number[]): void {
    for (const [tenure, own] of this.#group.tenuresOf(this.#member, slots)) this.#member.nudged(tenure, own)
  }

  async lag(): Promise<number> {
    return this.#group.lag
  }

  async leave(): Promise<void> {
    this.#group.leave(this.#member)
  }

  #settle(delivery: Delivery): boolean {
    const { entry, partition } = delivery as MemoryBusDelivery
    const isOwn = partition.settle(entry, this.#member)
    if (isOwn) this.#group.settled(this.#member)
    return isOwn
  }
}

import type { GroupMember } from "@annals/core"
import type { QueueDelivery, QueueTenure } from "./delivery.ts"

/** Hands deliveries to a member, those that came together at once, and never more than it wants to hold. The others wait here. */
export class HandOver {
  readonly #member: GroupMember
  #arrived: QueueDelivery[] = []
  #unsettled = 0
  #isDue = false

  constructor(member: GroupMember) {
    this.#member = member
  }

  get unsettled(): number {
    return this.#unsettled
  }

  add(delivery: QueueDelivery): void {
    this.#arrived.push(delivery)
    this.#schedule()
  }

  settled(tenure: QueueTenure, count: number): void {
    tenure.unsettled -= count
    this.#unsettled -= count
    if (this.#arrived.length > 0) this.#schedule()
  }

  /** What the tenure had isn't the member's any more. */
  ended(tenure: QueueTenure): void {
    this.#arrived = this.#arrived.filter((delivery) => delivery.tenure !== tenure)
    this.settled(tenure, tenure.unsettled)
  }

  #schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      this.#handOver()
    })
  }

  #handOver(): void {
    const room = this.#member.maxUnsettled - this.#unsettled
    if (room <= 0) return
    const all = this.#arrived
    const taken = all.length <= room ? all : all.slice(0, room)
    this.#arrived = all.length <= room ? [] : all.slice(room)
    const deliveries = taken.some(isEnding) ? taken.filter((delivery) => !isEnding(delivery)) : taken
    if (deliveries.length === 0) return
    for (const { tenure } of deliveries) tenure.unsettled++
    this.#unsettled += deliveries.length
    this.#member.receive(deliveries)
  }
}

function isEnding({ tenure }: QueueDelivery): boolean {
  return tenure.isEnding
}

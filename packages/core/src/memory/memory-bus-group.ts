import type { BusMessage, Delivery, GroupMember, Tenure } from "../bus/bus-driver.ts"
import { MemoryBusDeadLetters } from "./memory-bus-dead-letters.ts"
import { MemoryBusPartition } from "./memory-bus-partition.ts"

/** With order `"stream"`: so many consumers can work side by side. */
const partitionCount = 16

/** A message of a group, in the order in which it came. */
export interface MemoryBusEntry {
  readonly sequence: number
  readonly message: BusMessage
  attempts: number
}

/** An entry that was handed to a member. */
export interface MemoryBusDelivery extends Delivery {
  readonly entry: MemoryBusEntry
  readonly partition: MemoryBusPartition
}

/**
 * A group's part of the memory bus: what was published since it exists and isn't done yet, in partitions that are shared out among its members. With order
 * `"stream"` each partition is one member's at a time; with `"none"` there is one, and all members take from it.
 */
export class MemoryBusGroup {
  readonly name: string
  readonly order: GroupMember["order"]
  readonly deadLetters = new MemoryBusDeadLetters()
  readonly #partitions: readonly MemoryBusPartition[]
  readonly #members = new Map<GroupMember, { unsettled: number; isLeaving: boolean }>()
  #sequence = 0
  #delayed = 0
  #isPumpDue = false

  constructor(name: string, order: GroupMember["order"]) {
    this.name = name
    this.order = order
    const count = order === "stream" ? partitionCount : 1
    this.#partitions = Array.from({ length: count }, () => new MemoryBusPartition())
  }

  /** Messages that are waiting, delayed or in flight, and dead letters. */
  get backlog(): number {
    return this.lag + this.deadLetters.size
  }

  get hasMembers(): boolean {
    return this.#members.size > 0
  }

  get lag(): number {
    return this.#partitions.reduce((sum, { size }) => sum + size, this.#delayed)
  }

  add(messages: readonly BusMessage[], attempts = 0): void {
    for (const message of messages) {
      const partition = this.#partitions[message.slot % this.#partitions.length] as MemoryBusPartition
      partition.add({ sequence: this.#sequence++, message, attempts })
    }
    this.#pumpSoon()
  }

  /** Adds a message when `sleep` is over, also when it ends early. */
  addAfter(sleep: Promise<void>, message: BusMessage, attempts: number): void {
    this.#delayed++
    const add = () => {
      this.#delayed--
      this.add([message], attempts)
    }
    sleep.then(add, add)
  }

  join(member: GroupMember): void {
    this.#members.set(member, { unsettled: 0, isLeaving: false })
    this.#share()
  }

  leave(member: GroupMember): void {
    this.#members.delete(member)
    for (const partition of this.#partitions) partition.withdraw(member)
    this.#share()
  }

  /** With order `"none"`, who gives something back is about to leave, and what it gave back mustn't come to it again. */
  handNoMore(member: GroupMember): void {
    const held = this.#members.get(member)
    if (held !== undefined && this.order === "none") held.isLeaving = true
  }

  /** The delivery is over for its member. */
  settled(member: GroupMember): void {
    const held = this.#members.get(member)
    if (held !== undefined) held.unsettled--
    this.#pumpSoon()
  }

  tenuresOf(member: GroupMember, slots: readonly number[]): ReadonlyMap<Tenure, readonly number[]> {
    const held = new Map<Tenure, readonly number[]>()
    this.#partitions.forEach((partition, index) => {
      const own = slots.filter((slot) => slot % this.#partitions.length === index)
      const tenure = partition.tenureOf(member)
      if (tenure !== undefined && own.length > 0) held.set(tenure, own)
    })
    return held
  }

  #share(): void {
    for (const [index, partition] of this.#partitions.entries()) {
      void partition.assign(() => this.#ownersOf(index)).then(() => this.#pumpSoon())
    }
  }

  #ownersOf(partition: number): readonly GroupMember[] {
    const members = [...this.#members.keys()]
    if (this.order === "none") return members
    const owner = members[partition % members.length]
    return owner === undefined ? [] : [owner]
  }

  /** Soon, never within the caller's own work, hands out what there is room for. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return
    this.#isPumpDue = true
    // Not a microtask: handlers that end at once would keep the process from anything else until all is done.
    setImmediate(() => {
      this.#isPumpDue = false
      const deliveries = new Map<GroupMember, MemoryBusDelivery[]>()
      while (this.#partitions.filter((partition) => this.#handOne(partition, deliveries)).length > 0);
      for (const [member, own] of deliveries) member.receive(own)
    })
  }

  #handOne(partition: MemoryBusPartition, deliveries: Map<GroupMember, MemoryBusDelivery[]>): boolean {
    const delivery = partition.hand((member) => {
      const held = this.#members.get(member)
      return held !== undefined && !held.isLeaving && held.unsettled < member.maxUnsettled
    })
    if (delivery === undefined) return false
    const [member, own] = delivery
    const held = this.#members.get(member)
    if (held !== undefined) held.unsettled++
    const list = deliveries.get(member)
    if (list === undefined) deliveries.set(member, [own])
    else list.push(own)
    return true
  }
}

import type { BusDriver, BusMessage, GroupMember, GroupMembership } from "../bus/bus-driver.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import type { Clock } from "../ports/clock.ts"
import { checkWhole } from "../ports/front/check-input.ts"
import { MemoryBusGroup } from "./memory-bus-group.ts"
import { MemoryBusMembership } from "./memory-bus-membership.ts"

/** What a memory bus's driver is made with. */
export interface MemoryBusDriverOptions {
  /** Waits out the delays of retries. */
  readonly clock: Clock
  /**
   * How many events a group keeps in memory that aren't done yet, its dead letters among them. Beyond, publishing rejects
   * with `BUS_UNAVAILABLE`. Default 100,000.
   */
  readonly maxBacklog?: number
}

/** The backend of the memory bus: the example of how to write one. Buses that share a driver share their groups. */
export function createMemoryBusDriver({ clock, maxBacklog = 100_000 }: MemoryBusDriverOptions): BusDriver {
  return new MemoryBusDriver(clock, checkWhole(maxBacklog, "maxBacklog", 1))
}

class MemoryBusDriver implements BusDriver {
  readonly name = "memory"
  /** There is no broker in which its names could meet others: what brokers' buses say that were given none. */
  readonly topic = "annals"
  readonly capabilities = { durable: false, multiProcess: false, keepsHistory: false, countsAttempts: true }
  readonly #clock: Clock
  readonly #maxBacklog: number
  readonly #groups = new Map<string, MemoryBusGroup>()
  #closing = new AbortController()

  constructor(clock: Clock, maxBacklog: number) {
    this.#clock = clock
    this.#maxBacklog = maxBacklog
  }

  async open(): Promise<void> {}

  async publish(messages: readonly BusMessage[]): Promise<void> {
    for (const { name, backlog } of this.#groups.values()) {
      if (backlog + messages.length > this.#maxBacklog) throw isFull(name, backlog)
    }
    for (const group of this.#groups.values()) group.add(messages)
  }

  async join(member: GroupMember): Promise<GroupMembership> {
    const group = this.#groupOf(member.group, member.order)
    if (group.order !== member.order) throw otherOrder(group)
    group.join(member)
    return new MemoryBusMembership(group, member, (delayMs) =>
      this.#clock.sleep(delayMs, this.#closing.signal),
    )
  }

  deadLetters(group: string) {
    const lettersOf = () => this.#groups.get(group)?.deadLetters
    return {
      list: async (limit: number) => lettersOf()?.list(limit) ?? [],
      replay: async (ids: ReadonlySet<string> | undefined) => {
        const taken = lettersOf()?.takeOut(ids) ?? []
        this.#groups.get(group)?.add(taken)
        return taken.length
      },
      discard: async (ids: ReadonlySet<string>) => lettersOf()?.takeOut(ids).length ?? 0,
    }
  }

  async removeGroup(group: string): Promise<void> {
    if (this.#groups.get(group)?.hasMembers) {
      throw new AnnalsError("BUS_FAILED", `group ${group} has consumers: stop them first`)
    }
    this.#groups.delete(group)
  }

  async ping(): Promise<void> {}

  /** Retries that are waiting come at once: another bus may share the driver. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#closing = new AbortController()
  }

  #groupOf(name: string, order: GroupMember["order"]): MemoryBusGroup {
    const there = this.#groups.get(name)
    if (there !== undefined) return there
    const group = new MemoryBusGroup(name, order)
    this.#groups.set(name, group)
    return group
  }
}

function isFull(group: string, backlog: number): AnnalsError {
  const why = `group ${group} has ${backlog} events that aren't done: start a consumer, or discard dead letters`
  return new AnnalsError("BUS_UNAVAILABLE", why, { retryable: true, actual: backlog })
}

function otherOrder({ name, order }: MemoryBusGroup): AnnalsError {
  const why = `order is "${order}" in group ${name}: use that, or another group`
  return new AnnalsError("INVALID_OPTION", why, { path: "order", expected: order })
}

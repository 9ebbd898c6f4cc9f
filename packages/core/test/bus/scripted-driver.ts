import type { BusDriver, Delivery, GroupMember, GroupMembership, RecordedEvent, Tenure } from "@annals/core"
import { createBus, createMemoryBusDriver, systemClock } from "@annals/core"

/** A delivery with what became of it. */
export interface ScriptedDelivery extends Delivery {
  readonly name: string
  readonly tenure: ScriptedTenure
  readonly slot: number
  fate: "handed" | "acknowledged" | "released" | "retried" | "dead" | "lost"
}

export interface ScriptedTenure extends Tenure {
  lose(): void
}

/** A driver whose broker is the test: it hands over what it is told to, when it is told to, and writes down what becomes of it. */
export class ScriptedDriver implements BusDriver {
  readonly name = "scripted"
  readonly topic = "script"
  readonly capabilities = { durable: true, multiProcess: true, keepsHistory: true, countsAttempts: true }
  readonly log: string[] = []
  /** What breaks the contract of settling, if anything does. */
  readonly breaches: string[] = []
  readonly nudges: (readonly number[])[] = []
  member: GroupMember | undefined
  /** Rejects this many calls of `retryLater` and `addDeadLetter`. */
  failures = 0
  #left = false

  async open(): Promise<void> {}
  async publish(): Promise<void> {}
  async removeGroup(): Promise<void> {}
  async ping(): Promise<void> {}
  async close(): Promise<void> {}
  deadLetters() {
    return { list: async () => [], replay: async () => 0, discard: async () => 0 }
  }

  async join(member: GroupMember): Promise<GroupMembership> {
    this.member = member
    const settleAll = (fate: ScriptedDelivery["fate"]) => (deliveries: readonly Delivery[]) => {
      for (const delivery of deliveries) this.#settle(delivery as ScriptedDelivery, fate)
    }
    return {
      acknowledge: settleAll("acknowledged"),
      release: settleAll("released"),
      retryLater: async (delivery) => this.#settleUnlessFailing(delivery as ScriptedDelivery, "retried"),
      addDeadLetter: async (delivery) => this.#settleUnlessFailing(delivery as ScriptedDelivery, "dead"),
      noteAttempts: (delivery, attempts) =>
        void this.log.push(`${(delivery as ScriptedDelivery).name} failed ${attempts}`),
      nudge: (slots) => void this.nudges.push(slots),
      lag: async () => 7,
      leave: async () => {
        this.log.push("left")
        this.#left = true
      },
    }
  }

  tenure(): ScriptedTenure {
    const losing = new AbortController()
    return { lost: losing.signal, lose: () => losing.abort(new Error("lost")) }
  }

  hand(...deliveries: readonly ScriptedDelivery[]): void {
    this.member?.receive(deliveries)
  }

  #settleUnlessFailing(delivery: ScriptedDelivery, fate: ScriptedDelivery["fate"]): void {
    if (this.failures-- > 0) throw new Error("the broker is away")
    this.#settle(delivery, fate)
  }

  #settle(delivery: ScriptedDelivery, fate: ScriptedDelivery["fate"]): void {
    const { name, tenure } = delivery
    if (this.#left) this.breaches.push(`${name} ${fate} after the group was left`)
    if (delivery.fate !== "handed") this.breaches.push(`${name} ${delivery.fate}, then ${fate}`)
    if (tenure.lost.aborted) this.breaches.push(`${name} ${fate} though it is lost`)
    delivery.fate = fate
    this.log.push(`${name} ${fate}`)
  }
}

/** Makes deliveries of events, as the front encodes them. */
export async function deliveriesOf(
  events: readonly RecordedEvent[],
  tenure: ScriptedTenure,
  attempts = 0,
): Promise<ScriptedDelivery[]> {
  const wire: { head: string | undefined; body: string | Uint8Array; slot: number }[] = []
  const memory = createMemoryBusDriver({ clock: systemClock })
  const catching: BusDriver = Object.assign(Object.create(memory) as BusDriver, {
    capabilities: memory.capabilities,
    name: memory.name,
    topic: memory.topic,
    open: async () => {},
    publish: async (messages: Parameters<BusDriver["publish"]>[0]) => void wire.push(...messages),
    close: async () => {},
  })
  await using bus = createBus(catching)
  await bus.publish(events)
  return wire.map(({ head, body, slot }, index) => {
    const { stream, version } = events[index] as RecordedEvent
    return { name: `${stream.id}${version}`, tenure, head, body, slot, attempts, fate: "handed" }
  })
}

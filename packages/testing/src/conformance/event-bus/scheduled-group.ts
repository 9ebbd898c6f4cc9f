import assert from "node:assert/strict"
import {
  type BusConsumer,
  type BusDeadLetters,
  type ConsumerOptions,
  createMemoryStore,
  type EventBus,
  type MemoryStore,
  type RecordedEvent,
} from "@annals/core"
import { anyGroup, nameOf, namesOf, quickly, until } from "./received.ts"
import { assertInOrder, assertOnceInOrder, missingOf } from "./stream-order.ts"
import { whileUnavailable } from "./while-unavailable.ts"

/** How a group works in a schedule. */
export interface GroupPlan {
  readonly order: "stream" | "none"
  readonly maxInFlight: number
  readonly prefetch: number
  /** How often handling fails before it goes well, dealt out to the events over and over; without end: it fails for good. */
  readonly failures: readonly number[]
}

/** A group of a schedule, and what must come of it. */
export class ScheduledGroup {
  /** Set when somebody left or lost a connection: from then on events may come again. */
  mayRepeat = false
  readonly #bus: EventBus
  readonly #plan: GroupPlan
  readonly #name = anyGroup()
  readonly #store: MemoryStore = createMemoryStore()
  readonly #consumers: BusConsumer[] = []
  readonly #handled: string[] = []
  readonly #failed = new Map<string, number>()
  #isMended = false

  constructor(bus: EventBus, plan: GroupPlan) {
    this.#bus = bus
    this.#plan = plan
  }

  async join(bus: EventBus): Promise<void> {
    const { order, maxInFlight, prefetch } = this.#plan
    const options: ConsumerOptions = {
      group: this.#name,
      order,
      maxInFlight,
      prefetch,
      retry: quickly,
      ...(order === "stream" && { deadLetters: this.#store.deadLetters }),
      handler: (event) => this.#handle(event),
    }
    this.#consumers.push(await whileUnavailable(() => bus.subscribe(options)))
  }

  async leave(which: number): Promise<void> {
    const [consumer] = this.#consumers.splice(which % Math.max(this.#consumers.length, 1), 1)
    this.mayRepeat ||= consumer !== undefined
    await consumer?.stop()
  }

  pause(which: number): void {
    this.#consumers[which % this.#consumers.length]?.pause()
  }

  resume(which: number): void {
    this.#consumers[which % this.#consumers.length]?.resume()
  }

  /** Waits until everything is handled or parked, and looks whether that is as it must be. */
  async settle(published: readonly RecordedEvent[]): Promise<void> {
    if (this.#consumers.length === 0) await this.join(this.#bus)
    for (const consumer of this.#consumers) consumer.resume()
    const parked = published.filter((event) => this.#mustPark(event, published))
    const others = published.filter((event) => !parked.includes(event))
    await until(() => missingOf(this.#handled, others).length === 0)
    await until(async () => missingOf(await this.#parked(), parked).length === 0)
    await this.#untilNothingWaits()
    this.#assertHandled(others)
    this.#assertParked(await this.#parked(), parked)
  }

  async replay(published: readonly RecordedEvent[]): Promise<void> {
    this.#isMended = true
    const parked = await this.#parked()
    assert.equal(await this.#letters.replay(), parked.length)
    await until(() => missingOf(this.#handled, published).length === 0)
    await this.#untilNothingWaits()
    await until(async () => (await this.#parked()).length === 0)
    this.#assertHandled(published)
    await this.#store.close()
  }

  async #handle(event: RecordedEvent): Promise<void> {
    const name = nameOf(event)
    await new Promise(setImmediate)
    const failed = this.#failed.get(name) ?? 0
    if (!this.#isMended && failed < this.#failuresOf(event)) {
      this.#failed.set(name, failed + 1)
      throw new Error(`can't handle ${name}`)
    }
    this.#handled.push(name)
  }

  #failuresOf({ stream, version }: RecordedEvent): number {
    const { failures } = this.#plan
    return failures[(stream.id.charCodeAt(0) * 5 + version) % failures.length] as number
  }

  /** Fails for good, or comes behind one that does. */
  #mustPark(event: RecordedEvent, published: readonly RecordedEvent[]): boolean {
    const failsForGood = (each: RecordedEvent) => this.#failuresOf(each) === Number.POSITIVE_INFINITY
    if (this.#plan.order === "none") return failsForGood(event)
    return published.some(
      (each) => each.stream.id === event.stream.id && each.version <= event.version && failsForGood(each),
    )
  }

  #assertHandled(events: readonly RecordedEvent[]): void {
    if (this.#plan.order === "stream") {
      if (this.mayRepeat) assertInOrder(this.#handled, events)
      else assertOnceInOrder(this.#handled, events)
    } else {
      const names = this.mayRepeat ? [...new Set(this.#handled)] : this.#handled
      assert.deepEqual(names.toSorted(), events.map(nameOf).toSorted())
    }
  }

  /** What comes again after it was handled waits behind what is parked of its stream by then. */
  #assertParked(parked: readonly string[], events: readonly RecordedEvent[]): void {
    const names = this.mayRepeat
      ? [...new Set(parked)].filter((name) => !this.#handled.includes(name))
      : parked
    assert.deepEqual(names.toSorted(), events.map(nameOf).toSorted())
  }

  get #letters(): BusDeadLetters {
    const { deadLetters } = this.#store
    return this.#bus.deadLetters(this.#name, this.#plan.order === "stream" ? { deadLetters } : {})
  }

  async #parked(): Promise<string[]> {
    return namesOf(await whileUnavailable(() => this.#letters.list({ limit: 1_000 })))
  }

  async #untilNothingWaits(): Promise<void> {
    const [consumer] = this.#consumers as [BusConsumer, ...BusConsumer[]]
    await until(async () => (await whileUnavailable(() => consumer.lag())) === 0)
  }
}

import { AnnalsError } from "../errors/annals-error.ts"
import type { ParkedStream } from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { streamName } from "../streams/stream.ts"
import { longestDelays } from "./backoff.ts"
import type { Delivery, GroupMember, Tenure } from "./bus-driver.ts"
import type { BusSettings } from "./bus-settings.ts"
import type { BusTask } from "./bus-task.ts"
import type { Consumer } from "./consumer.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import type { Hold } from "./hold.ts"
import { fromMessage } from "./wire-message.ts"

/** What a driver delivers to: turns deliveries into tasks for a consumer, and sees to its parked streams. */
export class Intake implements GroupMember {
  readonly group: string
  readonly order: "stream" | "none"
  readonly from: "now" | "earliest"
  readonly retryDelaysMs: readonly number[]
  readonly maxUnsettled: number
  readonly #bus: BusSettings
  readonly #settings: ConsumerSettings
  readonly #consumer = Promise.withResolvers<Consumer>()
  /** `undefined` until the group is joined. */
  #running: Consumer | undefined
  #early: Delivery[] = []
  #prepare: ((hold: Hold) => Promise<void>) | undefined
  #requeued: readonly ParkedStream[] = []

  constructor(bus: BusSettings, settings: ConsumerSettings) {
    const { group, order, from, retry, maxInFlight, prefetch } = settings
    this.#bus = bus
    this.#settings = settings
    this.group = group
    this.order = order
    this.from = from
    this.retryDelaysMs = order === "none" ? longestDelays(retry) : []
    this.maxUnsettled = maxInFlight + prefetch
  }

  /** The group is joined. `prepare`: runs before a hold's first event is handled. */
  start(consumer: Consumer, prepare?: (hold: Hold) => Promise<void>): void {
    this.#running = consumer
    this.#prepare = prepare
    this.#consumer.resolve(consumer)
    const early = this.#early
    this.#early = []
    this.receive(early)
  }

  /** These parked streams are waiting to be replayed by whoever holds them. */
  requeued(streams: readonly ParkedStream[]): void {
    this.#requeued = streams
  }

  receive(deliveries: readonly Delivery[]): void {
    const consumer = this.#running
    if (consumer === undefined) return void this.#early.push(...deliveries)
    const tasks: BusTask[] = []
    for (const delivery of deliveries) {
      const task = this.#taskOf(delivery, consumer)
      if (task !== undefined) tasks.push(task)
    }
    if (tasks.length > 0) consumer.add(tasks)
  }

  async finish(tenure: Tenure): Promise<void> {
    await (await this.#consumer.promise).finish(tenure)
  }

  nudged(tenure: Tenure, slots: readonly number[]): void {
    const consumer = this.#running
    if (consumer === undefined) return
    const hold = this.#holdOn(tenure, consumer)
    for (const { stream, slot } of this.#requeued) {
      const name = streamName(stream)
      if (!slots.includes(slot) || hold.replaying.has(name) || hold.isEnding) continue
      hold.replaying.add(name)
      consumer.add([{ kind: "replay", hold, stream, lane: name }])
    }
  }

  disconnected(error: unknown): void {
    this.#bus.logger?.warn("a consumer can't reach its broker", { group: this.group, error })
    void this.#consumer.promise.then((consumer) => consumer.setConnected(false, error))
  }

  connected(): void {
    void this.#consumer.promise.then((consumer) => consumer.setConnected(true))
  }

  fail(error: unknown): void {
    void this.#consumer.promise.then((consumer) => consumer.fail(error))
  }

  #holdOn(tenure: Tenure, consumer: Consumer): Hold {
    return consumer.holdOn(tenure, this.#prepare)
  }

  /** `undefined`: nobody needs to handle it. */
  #taskOf(delivery: Delivery, consumer: Consumer): BusTask | undefined {
    const hold = this.#holdOn(delivery.tenure, consumer)
    const wire = fromMessage(delivery.head, delivery.body)
    if (wire === undefined) return this.#foreign(delivery, hold, consumer)
    const { event, metadata, sent } = wire
    if (!this.#isWanted(event)) return void consumer.acknowledge(hold, delivery)
    const lane = streamName(event.stream)
    return { kind: "event", hold, delivery, event, metadata, sent, lane, attempts: delivery.attempts }
  }

  /** A type is asked for by its present name, and events may have been published under a former one. */
  #isWanted({ type, stream }: StoredEvent): boolean {
    const { isWantedType, isWantedCategory, events } = this.#settings
    if (isWantedCategory?.(stream.category) === false) return false
    if (isWantedType === undefined || isWantedType(type)) return true
    const definition = events?.resolve(type)
    return definition !== undefined && isWantedType(definition.name)
  }

  /** It has no stream to be parked in, so the policy for what can't be read decides whether to stop. */
  #foreign(delivery: Delivery, hold: Hold, consumer: Consumer): undefined {
    const place = delivery.place === undefined ? "" : ` (${delivery.place})`
    const why = `group ${this.group} got a message that no bus of Annals sent${place}`
    if (this.#settings.unreadable !== "fail") {
      this.#bus.logger?.warn(`${why}: it is left out`, { group: this.group })
      return void consumer.acknowledge(hold, delivery)
    }
    const wayOut = 'remove it from the broker, or set "unreadable" to leave such messages out'
    consumer.fail(new AnnalsError("BUS_FAILED", `${why}: ${wayOut}`))
    consumer.release(hold, delivery)
  }
}

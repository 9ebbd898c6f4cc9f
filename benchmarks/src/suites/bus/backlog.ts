import type { PlainBus, PlainConsumers } from "../../bare/plain-bus.ts"
import { perSecond } from "../../harness/time.ts"
import { RecordedDeposits } from "./recorded-deposits.ts"
import { until } from "./until.ts"

const fillEvents = 500

/** What waits for consumers that are there: while the gate is shut their handlers don't return. */
export class Backlog implements AsyncDisposable {
  readonly #bus: PlainBus
  readonly #deposits: RecordedDeposits
  #consumers: PlainConsumers | undefined
  #gate: PromiseWithResolvers<void> | undefined
  #handled = 0
  #expected = 0
  #all = Promise.withResolvers<void>()
  /** Those that have handled something since it was looked at last. */
  readonly #active = new Set<number>()

  private constructor(bus: PlainBus, streams: number) {
    this.#bus = bus
    this.#deposits = new RecordedDeposits(streams)
  }

  /** Starts the consumers, and waits until all of them have a share of the events. */
  static async open(bus: PlainBus, consumers: number, streams: number): Promise<Backlog> {
    const backlog = new Backlog(bus, streams)
    backlog.#consumers = await bus.consume(consumers, (_event, consumer) => backlog.#handle(consumer))
    await until(async () => {
      backlog.#active.clear()
      await backlog.workOff(streams)
      return backlog.#active.size === consumers
    }, "every consumer to have a share of the events")
    return backlog
  }

  /** Publishes so many events, and returns how many a second are handled from then on. Ends when all are acknowledged. */
  async workOff(events: number): Promise<number> {
    this.#gate = Promise.withResolvers()
    this.#all = Promise.withResolvers()
    this.#handled = 0
    this.#expected = events
    for (let missing = events; missing > 0; missing -= fillEvents) {
      await this.#bus.publish(this.#deposits.next(Math.min(missing, fillEvents)))
    }
    const rate = await perSecond(events, () => {
      this.#gate?.resolve()
      this.#gate = undefined
      return this.#all.promise
    })
    await until(async () => (await this.#consumers?.lag()) === 0, "everything to be acknowledged")
    if (this.#handled !== events) throw new Error(`handled ${this.#handled} events of ${events}`)
    return rate
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumers?.[Symbol.asyncDispose]()
  }

  #handle(consumer: number): void | Promise<void> {
    this.#active.add(consumer)
    if (this.#gate !== undefined) return this.#gate.promise.then(() => this.#count())
    this.#count()
  }

  #count(): void {
    if (++this.#handled === this.#expected) this.#all.resolve()
  }
}

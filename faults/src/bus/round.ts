import { Progress } from "../harness/progress.ts"
import type { BusRecord } from "./bus-record.ts"
import { Calls } from "./calls.ts"
import { ConsumerProcess } from "./consumer-process.ts"
import { consumerNames } from "./groups.ts"
import { PublisherProcess } from "./publisher-process.ts"
import {
  type BusFault,
  type Due,
  eventsOf,
  type Poison,
  publisherNames,
  type RoundPlan,
  type WavePlan,
} from "./round-plan.ts"
import type { RoundSite } from "./round-site.ts"
import { type PutAside, settle } from "./settle.ts"
import { type StrikeScene, strike } from "./strike.ts"
import { Watch } from "./watch.ts"

/** A round while it is played: wave after wave of events, and faults in the middle of each. */
export class Round implements StrikeScene {
  readonly publishers: readonly PublisherProcess[]
  readonly consumers: readonly ConsumerProcess[]
  readonly progress: Progress
  readonly watch: Watch
  readonly #calls = new Calls()
  readonly #plan: RoundPlan
  readonly #site: RoundSite
  #unrepaired: readonly Poison[] = []
  #isPublishing = false
  #putAside: PutAside = new Map()
  #doing = "begins"

  constructor(plan: RoundPlan, site: RoundSite, signal: AbortSignal) {
    this.#plan = plan
    this.#site = site
    this.progress = new Progress(signal)
    this.watch = new Watch(site.bus, site.store, site.file, this.progress, () => this.#askLags())
    const scene = { progress: this.progress, signal }
    const { location, file } = site
    this.publishers = publisherNames.map(
      (name) =>
        new PublisherProcess(name, { location }, scene, ({ events }) =>
          this.watch.acknowledge(events.map(({ id }) => id)),
        ),
    )
    this.consumers = consumerNames.map(
      (name) => new ConsumerProcess(name, { location, file }, scene, (message) => this.#calls.add(message)),
    )
  }

  /** For messages to people. */
  get state(): string {
    const processes = [...this.publishers, ...this.consumers].map(({ state }) => state)
    return [this.#doing, this.watch.state, ...processes].map((line) => `\n  ${line}`).join("")
  }

  /** When it has been played. */
  get record(): BusRecord {
    const { waves } = this.#plan
    return {
      published: eventsOf(this.#plan),
      effects: this.watch.effects,
      calls: this.#calls.records,
      poison: waves.flatMap(({ poison }) => poison),
      unrepaired: this.#unrepaired,
      putAside: this.#putAside,
      quiet: waves.every(({ faults }) => faults.length === 0),
    }
  }

  allHandled = (): boolean => !this.#isPublishing && this.watch.allHandled

  async play(): Promise<void> {
    // Groups get what is published once they are there.
    await this.progress.until(() => this.consumers.every(({ joined }) => joined))
    for (const [index, wave] of this.#plan.waves.entries()) {
      const kinds = wave.faults.map(({ kind }) => kind).join(", ")
      this.#doing = `wave ${index + 1} of ${this.#plan.waves.length}: ${kinds || "nothing strikes"}`
      await this.#playWave(wave)
    }
    this.#doing = "everything is published"
    this.#putAside = await settle({
      watch: this.watch,
      untilNothingWaits: () => this.progress.until(() => this.watch.nothingWaits),
      repair: () => this.#site.repair(),
    })
    this.#doing = "everything is handled"
    await Promise.all(this.consumers.map((consumer) => consumer.finish()))
    for (const publisher of this.publishers) publisher.finish()
  }

  /** While something is published, nobody needs to know. */
  async #askLags(): Promise<readonly (number | undefined)[]> {
    if (this.#isPublishing) return [undefined]
    return (await Promise.all(this.consumers.map((consumer) => consumer.lags()))).flat()
  }

  async #playWave(wave: WavePlan): Promise<void> {
    await this.#site.addPoison(wave.poison)
    this.#unrepaired = [...this.#unrepaired, ...wave.poison]
    this.#isPublishing = true
    const suffered = wave.faults.map((fault) => this.#suffer(fault, this.#due(fault.due)))
    await Promise.all([this.#publish(wave), ...suffered])
    if (wave.replay === "repaired") {
      await this.#site.repair()
      this.#unrepaired = []
    }
    if (wave.replay !== "nothing") await this.watch.replay()
  }

  async #publish({ lanes }: WavePlan): Promise<void> {
    await Promise.all(this.publishers.map((publisher) => publisher.publish(lanes[publisher.name])))
    this.#isPublishing = false
    this.watch.expectNews()
    this.progress.changed()
  }

  #due({ events, of }: Due): () => boolean {
    const count = () => (of === "handled" ? this.#calls.handled : this.watch.acknowledged.size)
    const before = count()
    return () => count() >= before + events
  }

  async #suffer(fault: BusFault, isDue: () => boolean): Promise<void> {
    await this.progress.until(() => isDue() || this.allHandled())
    switch (fault.kind) {
      case "kill-broker":
        return this.#site.killBroker()
      case "kill-publisher":
        return this.publishers.find(({ name }) => name === fault.publisher)?.kill()
      default: {
        const consumer = this.consumers.find(({ name }) => name === fault.consumer)
        if (consumer !== undefined) await strike(fault, consumer, this)
      }
    }
  }
}

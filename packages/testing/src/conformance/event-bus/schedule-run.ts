import type { EventBus, RecordedEvent } from "@annals/core"
import type { EventBusSubject } from "./event-bus-subject.ts"
import { eventNamed } from "./received.ts"
import { type GroupPlan, ScheduledGroup } from "./scheduled-group.ts"

export type { GroupPlan } from "./scheduled-group.ts"

/** What happens next. */
export type ScheduleStep =
  | { readonly kind: "publish"; readonly streams: readonly string[] }
  | { readonly kind: "wait"; readonly turns: number }
  | {
      readonly kind: "join" | "leave" | "pause" | "resume"
      readonly group: number
      /** Of those that there are, counted round and round. */
      readonly which: number
    }

/** One schedule on one bus, whose groups all exist before anything is published. */
export class ScheduleRun implements AsyncDisposable {
  readonly #bus: EventBus
  readonly #groups: readonly ScheduledGroup[]
  readonly #published: RecordedEvent[] = []
  readonly #publishing: Promise<void>[] = []

  private constructor(bus: EventBus, groups: readonly ScheduledGroup[]) {
    this.#bus = bus
    this.#groups = groups
  }

  static async start({ bus }: EventBusSubject, plans: readonly GroupPlan[]): Promise<ScheduleRun> {
    const groups = plans.map((plan) => new ScheduledGroup(bus, plan))
    await Promise.all(groups.map((group) => group.join()))
    return new ScheduleRun(bus, groups)
  }

  async take(step: ScheduleStep): Promise<void> {
    if (step.kind === "publish") return this.#publish(step.streams)
    if (step.kind === "wait") return turns(step.turns)
    const group = this.#groups[step.group] as ScheduledGroup
    if (step.kind === "join") return group.join()
    if (step.kind === "leave") return group.leave(step.which)
    return group[step.kind](step.which)
  }

  /** Everybody goes on, until nothing is left to do; then what was parked is replayed, and goes well. */
  async finish(): Promise<void> {
    await Promise.all(this.#publishing)
    await Promise.all(this.#groups.map((group) => group.settle(this.#published)))
    await Promise.all(this.#groups.map((group) => group.replay(this.#published)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const group of this.#groups) group.close()
  }

  /** Nobody waits for it. */
  #publish(streams: readonly string[]): void {
    const events = streams.map((stream) => {
      const version = this.#published.filter((event) => event.stream.id === stream).length + 1
      const event = eventNamed(`${stream}${version}`)
      this.#published.push(event)
      return event
    })
    this.#publishing.push(this.#bus.publish(events))
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

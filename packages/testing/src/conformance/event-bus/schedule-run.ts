import type { EventBus, RecordedEvent } from "@annals/core"
import type { EventBusSubject } from "./event-bus-subject.ts"
import { eventNamed } from "./received.ts"
import { type GroupPlan, ScheduledGroup } from "./scheduled-group.ts"
import { whileUnavailable } from "./while-unavailable.ts"

export type { GroupPlan } from "./scheduled-group.ts"

/** What happens next. */
export type ScheduleStep =
  | { readonly kind: "publish"; readonly streams: readonly string[] }
  | { readonly kind: "wait"; readonly turns: number }
  /** Where connections can be cut. */
  | { readonly kind: "cut" }
  | {
      readonly kind: "join" | "leave" | "pause" | "resume"
      readonly group: number
      /** Of those that there are, counted round and round. */
      readonly which: number
    }

/** One schedule on one bus, whose groups all exist before anything is published. */
export class ScheduleRun {
  readonly #subject: EventBusSubject
  readonly #groups: readonly ScheduledGroup[]
  readonly #published: RecordedEvent[] = []
  /** Calls that may be rejected have to wait for one another: a repeated one would come too late. */
  readonly #publishesInTurn: boolean
  #publishing: Promise<unknown> = Promise.resolve()
  #other: Promise<EventBus> | undefined

  private constructor(subject: EventBusSubject, groups: readonly ScheduledGroup[], publishesInTurn: boolean) {
    this.#subject = subject
    this.#groups = groups
    this.#publishesInTurn = publishesInTurn
  }

  /** Runs the schedule to its end; nothing is left to do then. */
  static async run(
    subject: EventBusSubject,
    plans: readonly GroupPlan[],
    schedule: readonly ScheduleStep[],
  ): Promise<void> {
    const groups = plans.map((plan) => new ScheduledGroup(subject.bus, plan))
    const hasCuts = subject.cutConnections !== undefined && schedule.some(({ kind }) => kind === "cut")
    const run = new ScheduleRun(subject, groups, hasCuts)
    await Promise.all(groups.map((group) => group.join(subject.bus)))
    for (const step of schedule) await run.#take(step)
    await run.#finish()
  }

  async #take(step: ScheduleStep): Promise<void> {
    if (step.kind === "publish") return this.#publish(step.streams)
    if (step.kind === "wait") return turns(step.turns)
    if (step.kind === "cut") return this.#cut()
    const group = this.#groups[step.group] as ScheduledGroup
    if (step.kind === "join") return group.join(await this.#handle(step.which))
    if (step.kind === "leave") return group.leave(step.which)
    return group[step.kind](step.which)
  }

  /** Everybody goes on, until nothing is left to do; then what was parked is replayed, and goes well. */
  async #finish(): Promise<void> {
    await this.#publishing
    await Promise.all(this.#groups.map((group) => group.settle(this.#published)))
    await Promise.all(this.#groups.map((group) => group.replay(this.#published)))
  }

  /** Nobody waits for it. */
  #publish(streams: readonly string[]): void {
    const { bus } = this.#subject
    const events = streams.map((stream) => {
      const version = this.#published.filter((event) => event.stream.id === stream).length + 1
      const event = eventNamed(`${stream}${version}`)
      this.#published.push(event)
      return event
    })
    const before = this.#publishing
    this.#publishing = this.#publishesInTurn
      ? before.then(() => whileUnavailable(() => bus.publish(events)))
      : Promise.all([before, bus.publish(events)])
  }

  async #cut(): Promise<void> {
    if (this.#subject.cutConnections === undefined) return
    for (const group of this.#groups) group.mayRepeat = true
    await this.#subject.cutConnections()
  }

  /** Every other consumer is one of another process, where there can be one. */
  async #handle(which: number): Promise<EventBus> {
    if (which % 2 === 0 || this.#subject.secondHandle === undefined) return this.#subject.bus
    this.#other ??= this.#subject.secondHandle({ replayPollIntervalMs: 5 })
    return this.#other
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

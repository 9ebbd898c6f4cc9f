import { DatabaseSync } from "node:sqlite"
import { setTimeout as delay } from "node:timers/promises"
import type { BusDeadLetter, BusDeadLetters, EventBus } from "@annals/core"
import type { SqliteStore } from "@annals/store-sqlite"
import type { Progress } from "../harness/progress.ts"
import { type Effect, readEffects } from "./effects.ts"
import { type GroupName, groupNames, groups } from "./groups.ts"
import { untilAvailable } from "./publish-steps.ts"

const intervalMs = 100

/** More than there can be. */
const limit = 100_000

/** So often nothing has to wait, one time after the other, before what isn't there is taken to be lost. */
const enoughZeros = 20

/** How many events the broker has for each group, as each consumer says; `undefined`: it can't say. */
export type AskLags = () => Promise<readonly (number | undefined)[]>

/** Looks again and again at what has become of the events of a round: what is in effect, and what is put aside. */
export class Watch {
  readonly #deadLetters: ReadonlyMap<GroupName, BusDeadLetters>
  readonly #store: SqliteStore
  readonly #database: DatabaseSync
  readonly #progress: Progress
  readonly #askLags: AskLags
  readonly #acknowledged = new Set<string>()
  readonly #effects: Effect[] = []
  readonly #inEffect = new Map(groupNames.map((group) => [group, new Set<string>()]))
  readonly #aside = new Map<GroupName, readonly BusDeadLetter[]>(groupNames.map((group) => [group, []]))
  #replaying = 0
  #unhandled: ReadonlyMap<GroupName, number> = new Map()
  /** What it says before it has looked so often isn't about what was done since. */
  #newsAt = 0
  #looks = 0
  /** How often nothing waited when it looked last. */
  #zeros = 0
  #lastError: unknown

  constructor(
    bus: Pick<EventBus, "deadLetters">,
    store: SqliteStore,
    file: string,
    progress: Progress,
    askLags: AskLags,
  ) {
    this.#deadLetters = new Map(
      groupNames.map((group) => {
        const { order } = groups[group]
        return [group, bus.deadLetters(group, order === "stream" ? { deadLetters: store.deadLetters } : {})]
      }),
    )
    this.#database = new DatabaseSync(file, { readOnly: true })
    this.#store = store
    this.#progress = progress
    this.#askLags = askLags
  }

  get effects(): readonly Effect[] {
    return this.#effects
  }

  get acknowledged(): ReadonlySet<string> {
    return this.#acknowledged
  }

  /** For messages to people. */
  get state(): string {
    const states = groupNames.map(
      (group) =>
        `${group}: ${this.#inEffect.get(group)?.size} in effect, ${this.#aside.get(group)?.length} put aside, ${this.#unhandled.get(group)} not handled`,
    )
    return [
      `${this.#acknowledged.size} events are acknowledged`,
      ...states,
      `${this.#replaying} wait in the store for their replay`,
      `last error: ${this.#lastError}`,
    ].join("\n  ")
  }

  /**
   * Whether every group has handled all that is acknowledged, or put it aside, as far as it was seen since the last news. Where something is lost, it is when nothing waits any
   * more.
   */
  get allHandled(): boolean {
    return this.#isUpToDate && (this.#hasAll || this.#zeros >= enoughZeros)
  }

  /** The same, and nothing waits any more. */
  get nothingWaits(): boolean {
    return this.#isUpToDate && this.#zeros >= (this.#hasAll ? 1 : enoughZeros)
  }

  get #isUpToDate(): boolean {
    return this.#looks >= this.#newsAt
  }

  get #hasAll(): boolean {
    return this.#replaying === 0 && groupNames.every((group) => this.#unhandled.get(group) === 0)
  }

  /** The dead letters of a group. */
  aside(group: GroupName): readonly BusDeadLetter[] {
    return this.#aside.get(group) ?? []
  }

  isInEffect(group: GroupName, eventId: string): boolean {
    return this.#inEffect.get(group)?.has(eventId) === true
  }

  acknowledge(eventIds: readonly string[]): void {
    for (const id of eventIds) this.#acknowledged.add(id)
    this.expectNews()
  }

  /** Something was done that the look under way may not have seen. */
  expectNews(): void {
    this.#newsAt = this.#looks + 2
    this.#zeros = 0
  }

  /** Hands all dead letters to their groups again. */
  async replay(): Promise<void> {
    for (const deadLetters of this.#deadLetters.values()) await untilAvailable(() => deadLetters.replay())
    this.expectNews()
  }

  /** Until the signal says otherwise. */
  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const lags = await this.#askLags()
        this.#replaying = (await this.#store.deadLetters.list({ status: "requeued", limit })).length
        const nothingWaits = this.#replaying === 0 && lags.every((lag) => lag === 0)
        this.#zeros = nothingWaits ? this.#zeros + 1 : 0
        // What had been waiting has become something by now.
        await this.#lookAside()
        this.#lookAtEffects()
        this.#looks++
        this.#progress.changed()
        await delay(intervalMs)
      }
    } finally {
      // What came after the last look, and should not have.
      this.#lookAtEffects()
      this.#database.close()
    }
  }

  async #lookAside(): Promise<void> {
    for (const [group, deadLetters] of this.#deadLetters) {
      try {
        this.#aside.set(group, await deadLetters.list({ limit }))
      } catch (error) {
        // The broker is down, and will be up again.
        this.#lastError = error
        this.expectNews()
      }
    }
  }

  #lookAtEffects(): void {
    for (const effect of readEffects(this.#database, this.#effects.at(-1)?.sequence ?? 0)) {
      this.#effects.push(effect)
      this.#inEffect.get(effect.group)?.add(effect.eventId)
    }
    this.#unhandled = new Map(groupNames.map((group) => [group, this.#count(group)]))
  }

  #count(group: GroupName): number {
    const inEffect = this.#inEffect.get(group)
    const aside = new Set(this.#aside.get(group)?.map(({ event }) => event.id))
    return [...this.#acknowledged].filter((id) => !inEffect?.has(id) && !aside.has(id)).length
  }
}

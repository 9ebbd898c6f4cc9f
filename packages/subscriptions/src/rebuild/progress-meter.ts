import type { Clock } from "@annals/core"
import type { RebuildProgress } from "./rebuild-progress.ts"

const windowMs = 10_000

interface Sample {
  readonly at: number
  readonly position: number
  readonly events: number
}

/** Makes progress of what was done: rates are those of the last ten seconds, since a projection's events aren't spread evenly over the log. */
export class ProgressMeter {
  readonly #clock: Clock
  #samples: Sample[]
  #events = 0
  #position: number
  #head: number

  constructor(clock: Clock, position: number, head: number) {
    this.#clock = clock
    this.#position = position
    this.#head = head
    this.#samples = [this.#sample()]
  }

  applied(position: number, events: number): void {
    this.#position = position
    this.#events += events
    this.#head = Math.max(this.#head, position)
    const now = this.#clock.now()
    // The oldest one that stays is the last one outside of the window, so that slow pages have a rate as well.
    while ((this.#samples[1]?.at ?? now) < now - windowMs) this.#samples.shift()
    this.#samples.push(this.#sample())
  }

  sawHead(head: number): void {
    this.#head = Math.max(this.#head, head)
  }

  /** After a pause, which is no part of the rate. */
  restart(): void {
    this.#samples = [this.#sample()]
  }

  progress(): RebuildProgress {
    const first = this.#samples[0] as Sample
    const last = this.#samples.at(-1) as Sample
    const seconds = (last.at - first.at) / 1000
    const positionsPerSecond = seconds > 0 ? (last.position - first.position) / seconds : 0
    const left = this.#head - this.#position
    return {
      position: this.#position,
      head: this.#head,
      events: this.#events,
      ratePerSecond: seconds > 0 ? (last.events - first.events) / seconds : 0,
      secondsLeft: left === 0 ? 0 : positionsPerSecond > 0 ? left / positionsPerSecond : undefined,
    }
  }

  #sample(): Sample {
    return { at: this.#clock.now(), position: this.#position, events: this.#events }
  }
}

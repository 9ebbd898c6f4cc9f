import type { Clock } from "@annals/core"
import { pause } from "./pause.ts"

/** Before the next look after something happened. */
const shortestMs = 100

/** A pause that goes on, and is cut off where a shorter one takes its place. */
interface CurrentPause {
  readonly milliseconds: number
  readonly cut: AbortController
}

/** The pauses between looks: short after something happened, and doubling up to a longest one while nothing does. */
export class AdaptivePause {
  readonly #clock: Clock
  readonly #longestMs: number
  readonly #shortestMs: number
  readonly #random: () => number
  #nextMs: number
  #current: CurrentPause | undefined
  #ended = new AbortController()

  constructor(clock: Clock, longestMs: number, random: () => number) {
    this.#clock = clock
    this.#longestMs = longestMs
    this.#shortestMs = Math.min(shortestMs, longestMs)
    this.#random = random
    this.#nextMs = this.#shortestMs
  }

  /** Something happened, and more may follow: the next look comes after a short pause. */
  shorten(): void {
    this.#nextMs = this.#shortestMs
    // A pause that is short already goes on: hints without an end must not put off the next look without an end.
    if (this.#current !== undefined && this.#current.milliseconds > this.#shortestMs)
      this.#current.cut.abort()
  }

  /** Ends the pause that goes on: the next look comes now. */
  end(): void {
    this.#nextMs = this.#shortestMs
    this.#ended.abort()
  }

  /** Waits for as long as it is time, or until the signal. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#ended = new AbortController()
    do {
      this.#current = { milliseconds: this.#nextMs, cut: new AbortController() }
      await this.#pause(this.#current, signal)
    } while (this.#current.cut.signal.aborted && !this.#ended.signal.aborted && !signal.aborted)
    this.#current = undefined
  }

  async #pause({ milliseconds, cut }: CurrentPause, signal: AbortSignal): Promise<void> {
    this.#nextMs = Math.min(this.#longestMs, milliseconds * 2)
    // A random quarter off, so that processes which began together don't always ask together.
    const jittered = milliseconds * (1 - this.#random() / 4)
    await pause(this.#clock, jittered, signal, cut.signal, this.#ended.signal)
  }
}

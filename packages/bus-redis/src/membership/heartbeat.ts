import { pause } from "../background-clock.ts"
import { unanswered } from "../errors.ts"
import type { Holdings } from "./holdings.ts"

export interface HeartbeatOptions {
  readonly holdings: Holdings
  readonly heartbeatMs: number
  readonly leaseMs: number
  /** Redis has answered, for the first time after it couldn't be reached. */
  readonly connected: () => Promise<void>
  /** There was no answer for as long as a lease lasts. */
  readonly expired: () => void
  /** Redis can't be reached, or refuses. */
  readonly failed: (error: unknown) => void
}

/** Beats every now and then, or at once when asked to, for as long as a member lives. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  readonly #stopping = new AbortController()
  /** Ends the pause before the next beat. */
  #hurry = new AbortController()
  /** By the process's own clock, when the last beat was sent that Redis answered. */
  #lastBeat = performance.now()

  constructor(options: HeartbeatOptions) {
    this.#options = options
  }

  /** Beats until it is stopped. `soon`: when the next one is wanted. */
  async run(soon: number | undefined): Promise<void> {
    const { heartbeatMs, connected, failed } = this.#options
    let next = soon
    while (!this.#stopping.signal.aborted) {
      await pause(Math.min(heartbeatMs, next ?? heartbeatMs), this.#hurry.signal)
      if (this.#stopping.signal.aborted) return
      this.#hurry = new AbortController()
      try {
        next = await this.beat()
        await connected()
      } catch (error) {
        next = undefined
        failed(error)
      }
    }
  }

  async beat(): Promise<number | undefined> {
    const sentAt = performance.now()
    const answered = new AbortController()
    void this.#watch(answered.signal)
    try {
      const soon = await this.#options.holdings.beat()
      this.#lastBeat = sentAt
      return soon
    } finally {
      answered.abort()
    }
  }

  hurry(): void {
    this.#hurry.abort()
  }

  /** Hurries after so many milliseconds. */
  async hurryIn(milliseconds: number): Promise<void> {
    await pause(milliseconds, this.#stopping.signal)
    this.hurry()
  }

  stop(): void {
    this.#stopping.abort()
    this.hurry()
  }

  /** Without an answer for as long as a lease lasts, others may have taken over. */
  async #watch(answered: AbortSignal): Promise<void> {
    const left = () => this.#lastBeat + this.#options.leaseMs - performance.now()
    await pause(Math.max(0, left()), answered)
    if (answered.aborted && left() > 0) return
    this.#options.failed(unanswered())
    this.#options.expired()
  }
}

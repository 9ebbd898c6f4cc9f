import type { Clock } from "@annals/core"
import { backoffDelay, pause } from "./pause.ts"

/** After so long without an answer the listeners are told to look for themselves. */
const patienceMs = 10_000

/** Between looks that fail, unless the interval is longer anyway. */
const longestPauseMs = 2_000

export interface LogPollingConfig {
  /** A position that rises only once everything below can be read. */
  readonly head: () => Promise<number>
  readonly wake: () => void
  readonly clock: Clock
  readonly random: () => number
  readonly intervalMs: number
}

/** Looks at the end of the log again and again, one look at a time, and wakes when it has changed. */
export class LogPolling {
  readonly #config: LogPollingConfig
  #intervalMs: number
  #head: number | undefined
  #failures = 0
  #hurry = new AbortController()

  constructor(config: LogPollingConfig) {
    this.#config = config
    this.#intervalMs = config.intervalMs
  }

  /** How long to wait from now on; when that is shorter than before, the next look comes at once. */
  setInterval(milliseconds: number): void {
    const isShorter = milliseconds < this.#intervalMs
    this.#intervalMs = milliseconds
    if (isShorter) this.#hurry.abort()
  }

  /** Until the signal; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal)
      this.#hurry = new AbortController()
      await pause(this.#config.clock, this.#pauseMs(), signal, this.#hurry.signal)
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const done = new AbortController()
    this.#ask().finally(() => done.abort())
    while (!done.signal.aborted && !signal.aborted) {
      await pause(this.#config.clock, patienceMs, done.signal, signal)
      // A connection that died without a word keeps its query for minutes. Whoever reads has others.
      if (!done.signal.aborted && !signal.aborted) this.#config.wake()
    }
  }

  async #ask(): Promise<void> {
    try {
      const head = await this.#config.head()
      this.#failures = 0
      if (head === this.#head) return
      // Also the first time: something may have come between the listener's last look and this one.
      this.#head = head
      this.#config.wake()
    } catch {
      this.#failures++ // whoever waits for events learns of lasting trouble by reading
    }
  }

  #pauseMs(): number {
    const intervalMs = this.#intervalMs
    if (this.#failures === 0) return intervalMs
    const backoff = { firstMs: intervalMs * 2, longestMs: Math.max(intervalMs, longestPauseMs) }
    return backoffDelay(backoff, this.#failures, this.#config.random)
  }
}

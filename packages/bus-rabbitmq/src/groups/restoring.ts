import { backoffDelay, type Clock } from "@annals/core"
import { isForGood } from "../errors.ts"

export interface RestoringOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Nothing is tried while it can't help. */
  canTry(): boolean
  /** Rejects when it has to be tried again. */
  restore(): Promise<void>
  /** It can't be restored. */
  gaveUp(error: unknown): void
}

const delays = { attempts: Number.POSITIVE_INFINITY, delayMs: 50, maxDelayMs: 5_000 }

/** Brings back what was lost, however often that takes. */
export class Restoring {
  readonly #options: RestoringOptions
  readonly #stopping = new AbortController()
  #isTrying = false
  #isWanted = false

  constructor(options: RestoringOptions) {
    this.#options = options
  }

  start(): void {
    this.#isWanted = true
    if (!this.#isTrying) void this.#try()
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #try(): Promise<void> {
    const { clock, random, canTry, restore, gaveUp } = this.#options
    const { signal } = this.#stopping
    this.#isTrying = true
    for (let attempts = 1; this.#isWanted; attempts++) {
      // Whatever else is lost at the same moment is restored together.
      await clock.sleep(backoffDelay(delays, attempts, random), signal).catch(() => {})
      if (signal.aborted || !canTry()) break
      this.#isWanted = false
      try {
        await restore()
      } catch (error) {
        if (signal.aborted) break
        if (isForGood(error)) return gaveUp(error)
        this.#isWanted = true
      }
    }
    this.#isTrying = false
  }
}

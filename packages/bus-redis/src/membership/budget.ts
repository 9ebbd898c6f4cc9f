/** It isn't worth a round trip to fetch fewer, unless nothing else happens for a moment. */
const worthwhile = 550
const momentMs = 5
/** Most entries of one fetch: while it runs, nobody else's command does. */
const largest = 1_000

/** Keeps a member from being handed more than it wants to have unsettled. */
export class Budget {
  #free: number
  readonly #enough: number
  readonly #waiting = new Set<() => void>()

  constructor(most: number) {
    this.#free = most
    this.#enough = Math.min(worthwhile, Math.ceil(most / 2))
  }

  /** Waits for room and takes it; gives 0 when `wake` was called before there was any. What isn't used is given back. */
  async take(): Promise<number> {
    if (this.#free < this.#enough) {
      await this.#untilFreed()
      if (this.#free > 0 && this.#free < this.#enough) await this.#untilFreed(momentMs)
    }
    return this.takeNow()
  }

  /** Takes what there is, which may be nothing. */
  takeNow(): number {
    const count = Math.max(0, Math.min(largest, this.#free))
    this.#free -= count
    return count
  }

  giveBack(count: number): void {
    if (count === 0) return // else those who got nothing would wake each other for ever
    const before = this.#free
    this.#free += count
    if (this.#free >= this.#enough || before <= 0) this.wake()
  }

  /** Ends all waiting. */
  wake(): void {
    for (const resolve of this.#waiting) resolve()
  }

  async #untilFreed(atMostMs?: number): Promise<void> {
    if (atMostMs === undefined && this.#free > 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    const timer = atMostMs === undefined ? undefined : setTimeout(resolve, atMostMs)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(resolve)
  }
}

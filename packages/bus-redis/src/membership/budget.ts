/** It isn't worth a round trip to fetch fewer, unless nothing else happens for a moment. */
const worthwhile = 550
const momentMs = 5
/** Most entries of one fetch: while it runs, nobody else's command does. */
const largest = 1_000

/** Keeps a member from being handed more than it wants to have unsettled. */
export class Budget {
  #free: number
  readonly #enough: number
  readonly #half: number
  readonly #waiting = new Set<() => void>()

  constructor(most: number) {
    this.#free = most
    this.#half = Math.ceil(most / 2)
    this.#enough = Math.min(worthwhile, this.#half)
  }

  /** Waits for room; there may be none when `wake` was called before. */
  async wait(): Promise<void> {
    if (this.#free < this.#enough) {
      await this.#untilFreed()
      if (this.#free > 0 && this.#free < this.#enough) await this.#untilFreed(momentMs)
    }
  }

  /** Takes what there is, which may be nothing. What isn't used is given back. */
  takeNow(): number {
    const count = Math.max(0, Math.min(largest, this.#free))
    this.#free -= count
    return count
  }

  /** Whether there is room for a fetch that is worth its round trip. */
  get isWorthwhile(): boolean {
    return this.#free >= this.#enough
  }

  /** Half of all that there may be: the other half is handled meanwhile. */
  takeHalf(): number {
    const count = Math.max(0, Math.min(largest, this.#half, this.#free))
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

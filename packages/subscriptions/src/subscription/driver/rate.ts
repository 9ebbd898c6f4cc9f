import type { Clock } from "@annals/core"

/** The time over which the rate is taken. */
const windowMs = 10_000

/** How many of something there were per second of late. */
export class Rate {
  readonly #clock: Clock
  #windowStart: number
  #inWindow = 0
  #inWindowBefore: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#windowStart = clock.now()
  }

  add(count: number): void {
    this.#roll()
    this.#inWindow += count
  }

  /** Over the window that runs, together with as much of the one before as makes it whole. */
  perSecond(): number {
    this.#roll()
    const elapsed = this.#clock.now() - this.#windowStart
    if (this.#inWindowBefore === undefined) return (this.#inWindow / Math.max(1000, elapsed)) * 1000
    const before = this.#inWindowBefore * (1 - elapsed / windowMs)
    return ((before + this.#inWindow) / windowMs) * 1000
  }

  #roll(): void {
    const windows = Math.floor((this.#clock.now() - this.#windowStart) / windowMs)
    if (windows < 1) return
    this.#inWindowBefore = windows === 1 ? this.#inWindow : 0
    this.#inWindow = 0
    this.#windowStart += windows * windowMs
  }
}

import type { Clock } from "@annals/core"

/**
 * Sleep that ends early when something happens. What happens between `begin` and the sleep isn't forgotten: such a sleep ends at once, so
 * that a call which comes during the last look at the outbox leads to another look.
 */
export class Nap {
  readonly #clock: Clock
  #ending = new AbortController()
  #isCalled = false
  #isRoused = false
  #isPause = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What happened until now is taken into account by what is done next. */
  begin(): void {
    this.#isCalled = false
    this.#isRoused = false
  }

  /** There may be something to do: ends a rest, not a pause. */
  call(): void {
    this.#isCalled = true
    if (!this.#isPause) this.#ending.abort()
  }

  /** Something was decided: ends any sleep. */
  rouse(): void {
    this.#isRoused = true
    this.#ending.abort()
  }

  /** Without a time: until called or roused. */
  async rest(milliseconds?: number): Promise<void> {
    if (!this.#isCalled && !this.#isRoused) await this.#sleep(milliseconds)
  }

  async pause(milliseconds: number): Promise<void> {
    if (this.#isRoused) return
    this.#isPause = true
    await this.#sleep(milliseconds)
    this.#isPause = false
  }

  async #sleep(milliseconds: number | undefined): Promise<void> {
    this.#ending = new AbortController()
    const { signal } = this.#ending
    if (milliseconds !== undefined) return this.#clock.sleep(milliseconds, signal).catch(() => {})
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }))
  }
}

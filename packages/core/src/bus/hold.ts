import type { Tenure } from "./bus-driver.ts"

/**
 * A consumer's view of a tenure: whether its events may still be worked on, and how many are.
 *
 *     held → ending   the consumer stops, or gives the tenure up: nothing is begun or tried again, what ends well still counts
 *          ↘ lost     nothing counts any more
 */
export class Hold {
  readonly tenure: Tenure
  /** Whether `signal` is aborted: asked for every event, and a signal takes its time to answer. */
  isEnding = false
  /** Parked streams whose replay is waiting to be begun, by name. */
  readonly replaying = new Set<string>()
  /** Resolves when it is known which streams are parked, or the hold ends; `undefined` by then. */
  preparing: Promise<void> | undefined
  readonly #ending = new AbortController()
  readonly #idle: (() => void)[] = []
  #inFlight = 0

  /** `prepare` begins at once. */
  constructor(tenure: Tenure, prepare?: (hold: Hold) => Promise<void>) {
    this.tenure = tenure
    if (prepare !== undefined) this.preparing = this.#unlessEnding(prepare(this))
    this.preparing?.catch(() => {}) // whoever waits for it is told
    if (tenure.lost.aborted) this.end(tenure.lost.reason)
    else tenure.lost.addEventListener("abort", () => this.end(tenure.lost.reason), { once: true })
  }

  /** Aborted when nothing more of it is to be begun. Handlers get it. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  get isLost(): boolean {
    return this.tenure.lost.aborted
  }

  /** What is asked for may never be answered, and nobody needs it when the hold ends. */
  async #unlessEnding(preparing: Promise<void>): Promise<void> {
    const ending = Promise.withResolvers<void>()
    this.signal.addEventListener("abort", () => ending.resolve(), { once: true })
    await Promise.race([preparing, ending.promise])
    this.preparing = undefined
  }

  end(reason: unknown): void {
    this.isEnding = true
    this.#ending.abort(reason)
  }

  begin(): void {
    this.#inFlight++
  }

  finish(): void {
    this.#inFlight--
    if (this.#inFlight === 0) for (const tell of this.#idle.splice(0)) tell()
  }

  /** Resolves when nothing of it is in flight. */
  async whenIdle(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}

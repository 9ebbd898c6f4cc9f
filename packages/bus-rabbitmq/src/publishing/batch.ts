import type { Outgoing } from "../wire.ts"

/** What one call sends, until the broker has all of it. */
export class Batch {
  /** Those that found no queue. */
  readonly returned: Outgoing[] = []
  readonly result: Promise<readonly Outgoing[]>
  readonly #promise = Promise.withResolvers<readonly Outgoing[]>()
  readonly #signal: AbortSignal | undefined
  readonly #abort = () => this.fail(this.#signal?.reason)
  #unconfirmed: number
  #isSettled = false

  constructor(messages: number, signal: AbortSignal | undefined) {
    this.#unconfirmed = messages
    this.result = this.#promise.promise
    this.#signal = signal
    if (signal?.aborted) this.#abort()
    else signal?.addEventListener("abort", this.#abort)
  }

  /** Nothing more of it has to be sent. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** One more of its messages. */
  confirmed(): void {
    this.#unconfirmed--
    if (this.#unconfirmed === 0 && this.#settle()) this.#promise.resolve(this.returned)
  }

  fail(error: unknown): void {
    if (this.#settle()) this.#promise.reject(error)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#signal?.removeEventListener("abort", this.#abort)
    return true
  }
}

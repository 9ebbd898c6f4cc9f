import { AnnalsError, type Clock } from "@annals/core"

/** Watches that a handler ends in time, and gives it the signal that tells it to. */
export class HandlerGuard {
  readonly #clock: Clock
  readonly #timeoutMs: number
  #handler = new AbortController()
  #startedAt = 0
  #reject: ((error: unknown) => void) | undefined
  #timer: AbortController | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** Aborted when a handler is out of time; then it is another one. */
  get signal(): AbortSignal {
    return this.#handler.signal
  }

  /** What the handler's promise gives, or `HANDLER_TIMEOUT`, or what `abandon` was told. */
  within<Result>(running: PromiseLike<Result>): Promise<Result> {
    this.#startedAt = this.#clock.now()
    return new Promise<Result>((resolve, reject) => {
      this.#reject = reject
      this.#watch()
      running.then(resolve, reject)
    })
  }

  /** No handler runs any more. */
  rest(): void {
    this.#reject = undefined
    this.#timer?.abort()
    this.#timer = undefined
  }

  /** Aborts the signal, and gives up the handler that runs. */
  abandon(error: AnnalsError): void {
    this.#handler.abort(error)
    this.#handler = new AbortController()
    this.#reject?.(error)
  }

  /** One timer for a whole batch: it looks how long the handler that runs by then has taken. */
  #watch(): void {
    if (this.#timer !== undefined) return
    this.#timer = new AbortController()
    void this.#expire(this.#timer.signal)
  }

  async #expire(signal: AbortSignal): Promise<void> {
    try {
      for (let left = this.#timeoutMs; left > 0; left = this.#left()) await this.#clock.sleep(left, signal)
    } catch {
      return // the batch is over
    }
    const why = `the handler took longer than ${this.#timeoutMs} ms: pass its signal on to what it waits for, or raise timeoutMs`
    this.abandon(new AnnalsError("HANDLER_TIMEOUT", why))
    this.rest()
  }

  /** Never more than was given, also when the clock goes back. */
  #left(): number {
    return Math.min(this.#timeoutMs, this.#startedAt + this.#timeoutMs - this.#clock.now())
  }
}

/** Lets one writer in at a time, in the order they came. */
export class WriterQueue {
  readonly #waiting: (() => void)[] = []
  #taken = false

  /** Whether a writer is in. */
  get taken(): boolean {
    return this.#taken
  }

  /** Resolves when it is the caller's turn, which lasts until `leave()`. */
  async enter(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#taken = true
  }

  /** Hands the turn straight to the next, so that nobody slips in between. */
  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next()
  }
}

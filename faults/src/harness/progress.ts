/** Lets those who wait for a condition look again whenever something has happened. */
export class Progress {
  readonly #signal: AbortSignal
  readonly #waiting = new Set<() => void>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener("abort", () => this.changed(), { once: true })
  }

  /** Something happened that somebody may wait for. */
  changed(): void {
    for (const look of this.#waiting) look()
  }

  /** Resolves as soon as the condition holds; rejects when the run is given up. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.#signal.aborted && !condition()) return
        this.#waiting.delete(look)
        if (this.#signal.aborted) reject(this.#signal.reason)
        else resolve()
      }
      this.#waiting.add(look)
      look()
    })
  }
}

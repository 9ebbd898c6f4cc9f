import type { Clock } from "@annals/core"

/** At most one timer of each name, on the injected clock. */
export class Timers {
  readonly #clock: Clock
  readonly #running = new Map<string, AbortController>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does nothing if one of this name runs. */
  set(name: string, afterMs: number, call: () => void): void {
    if (this.#running.has(name)) return
    void this.wait(name, afterMs).then((isOver) => {
      if (isOver) call()
    })
  }

  /** Resolves when the time is over, with `true`, or with `false` when the timer was cleared. */
  async wait(name: string, forMs: number): Promise<boolean> {
    this.clear(name)
    const controller = new AbortController()
    this.#running.set(name, controller)
    try {
      await this.#clock.sleep(forMs, controller.signal)
    } catch {
      return false
    }
    if (this.#running.get(name) !== controller) return false
    this.#running.delete(name)
    return true
  }

  clear(name: string): void {
    const controller = this.#running.get(name)
    this.#running.delete(name)
    controller?.abort()
  }

  clearAll(): void {
    for (const name of [...this.#running.keys()]) this.clear(name)
  }
}

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
    const controller = new AbortController()
    this.#running.set(name, controller)
    const over = () => {
      if (this.#running.get(name) !== controller) return
      this.#running.delete(name)
      call()
    }
    this.#clock.sleep(afterMs, controller.signal).then(over, () => {})
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

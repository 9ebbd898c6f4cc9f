import type { WakeUps } from "../ports/wake-ups.ts"

/** Wake-ups within one process. Commits that come in the same turn are merged into one hint. */
export class MemoryWakeUps implements WakeUps {
  readonly #listeners = new Set<{ readonly call: () => void }>()
  #scheduled = false

  listen(listener: () => void): Disposable {
    const entry = { call: listener }
    this.#listeners.add(entry)
    return { [Symbol.dispose]: () => this.#listeners.delete(entry) }
  }

  /** Soon calls every listener. */
  wake(): void {
    if (this.#scheduled || this.#listeners.size === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      for (const { call } of this.#listeners) call()
    })
  }
}

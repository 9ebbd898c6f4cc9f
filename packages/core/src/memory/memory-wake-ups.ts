import { AsyncLocalStorage } from "node:async_hooks"
import type { WakeUps } from "../ports/wake-ups.ts"

/** Wake-ups within one process. Commits that come in the same turn are merged into one hint. */
export class MemoryWakeUps implements WakeUps {
  readonly #listeners = new Set<() => void>()
  #isScheduled = false

  listen(listener: () => void): Disposable {
    // What a listener does isn't a part of what the writer does: it runs in the context in which it began to listen.
    const call = AsyncLocalStorage.bind(() => listener())
    this.#listeners.add(call)
    return { [Symbol.dispose]: () => this.#listeners.delete(call) }
  }

  /** Soon calls every listener; each for itself, so that one that throws keeps no other from being called. */
  wake(): void {
    if (this.#isScheduled || this.#listeners.size === 0) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      for (const call of this.#listeners) queueMicrotask(() => this.#listeners.has(call) && call())
    })
  }
}

import { AsyncLocalStorage } from "node:async_hooks"

/** Who wants to know. Hints that come in the same turn are merged into one. */
export class TailListeners {
  readonly #calls = new Set<() => void>()
  #isScheduled = false

  get size(): number {
    return this.#calls.size
  }

  /** Returns how to take the listener out again; twice is fine. */
  add(listener: () => void): () => void {
    // What a listener does isn't a part of what the writer does: it runs in the context in which it began to listen.
    const call = AsyncLocalStorage.bind(() => listener())
    this.#calls.add(call)
    return () => this.#calls.delete(call)
  }

  clear(): void {
    this.#calls.clear()
  }

  /** Soon calls every listener; each for itself, so that one that throws keeps no other from being called. */
  wake(): void {
    if (this.#isScheduled || this.#calls.size === 0) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      for (const call of this.#calls) queueMicrotask(() => this.#calls.has(call) && call())
    })
  }
}

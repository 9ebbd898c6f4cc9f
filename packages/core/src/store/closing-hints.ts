import { AsyncLocalStorage } from "node:async_hooks"
import type { WakeUps } from "../ports/wake-ups.ts"

/** Hints to all who listen to a store that it is closed: they learn of it by reading, instead of waiting for ever. */
export class ClosingHints {
  readonly #listeners = new Set<() => void>()

  /** A backend's wake-ups, and one more at the end. */
  addTo(wakeUps: WakeUps): WakeUps {
    return {
      listen: (listener) => {
        const listening = wakeUps.listen(listener)
        // In the listener's own context, as wake-ups are.
        const call = AsyncLocalStorage.bind(() => listener())
        this.#listeners.add(call)
        return {
          [Symbol.dispose]: () => {
            this.#listeners.delete(call)
            listening[Symbol.dispose]()
          },
        }
      },
    }
  }

  /** Each is called for itself, so that one that throws keeps no other from being called. */
  wake(): void {
    for (const call of this.#listeners) queueMicrotask(() => this.#listeners.has(call) && call())
  }
}

import type { ObserveBus } from "./observe-bus.ts"

/** What a consumer has counted so far. */
export class ConsumerProgress {
  handled = 0
  failed = 0
  retried = 0
  parked = 0
  lastError: unknown = undefined
  readonly #observe: ObserveBus

  constructor(observe: ObserveBus) {
    this.#observe = observe
  }

  count(name: "handled" | "failed" | "retried" | "parked"): void {
    this[name]++
    this.#observe?.count(name)
  }
}

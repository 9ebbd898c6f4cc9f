import type { EventStore, MeasurementName } from "@annals/core"
import { measuredTenant } from "../measuring/measured-tenant.ts"
import { Rate } from "../subscription/driver/rate.ts"
import type { ParkedMessage } from "./outbox-relay.ts"

/** What a relay tells of itself over all its runs in this process: counts for its status, measurements, and log lines. */
export class OutboxReport {
  sent = 0
  failed = 0
  /** Epoch milliseconds of the last thing that went well. */
  activeAt: number | undefined
  lastError: unknown
  readonly rate: Rate
  readonly #store: Pick<EventStore, "clock" | "logger" | "observer" | "tenant">
  readonly #name: string

  constructor(store: Pick<EventStore, "clock" | "logger" | "observer" | "tenant">, name: string) {
    this.#store = store
    this.#name = name
    this.rate = new Rate(store.clock)
  }

  /** `oldest`: when the oldest message that may be sent was added; `undefined`: there is none. */
  noteLook(oldest: number | undefined): void {
    this.activeAt = this.#store.clock.now()
    if (this.#store.observer === undefined) return
    this.#measure("lag.ms", oldest === undefined ? 0 : Math.max(0, this.activeAt - oldest))
  }

  /** What waits from now on isn't this instance's. */
  noteEnd(): void {
    this.#measure("lag.ms", 0)
  }

  noteSent(count: number): void {
    this.sent += count
    this.activeAt = this.#store.clock.now()
    this.rate.add(count)
    this.#measure("sent", count)
  }

  noteSendFailed(error: unknown): void {
    this.failed++
    this.lastError = error
    this.#measure("failed", 1)
  }

  noteError(error: unknown): void {
    this.lastError = error
  }

  noteRetry(delayMs: number): void {
    this.#measure("retried", 1)
    const { lastError: error } = this
    this.#store.logger?.warn(`outbox relay ${this.#name} failed and tries again in ${delayMs} ms`, { error })
  }

  noteParked({ message: { id, topic, key }, error, attempts }: ParkedMessage): void {
    this.#measure("parked", 1)
    const fields = { id, topic, key, attempts, error }
    this.#store.logger?.error(`outbox relay ${this.#name} parked a message`, fields)
  }

  noteFailure(error: unknown): void {
    this.lastError = error
    this.#store.logger?.error(`outbox relay ${this.#name} stopped because of an error`, { error })
  }

  #measure(name: Measured<MeasurementName>, value: number): void {
    const attributes = { relay: this.#name, ...measuredTenant(this.#store) }
    this.#store.observer?.record({ name: `outbox.${name}`, value, attributes })
  }
}

type Measured<Name extends string> = Name extends `outbox.${infer Rest}` ? Rest : never

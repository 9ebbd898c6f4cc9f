import type { EventStore, MeasurementName, NewDeadLetter } from "@annals/core"
import { measuredTenant } from "../../measuring/measured-tenant.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import type { PageEvent } from "../machine/machine-state.ts"
import { Rate } from "./rate.ts"

/** What a subscription tells of itself over all its runs in this process: counts for its status, measurements, and log lines. */
export class SubscriptionReport {
  handled = 0
  retried = 0
  parked = 0
  failed = 0
  /** Epoch milliseconds of the last thing that went well. */
  activeAt: number | undefined
  lastError: unknown
  readonly rate: Rate
  /** When the next event to be handled was recorded; `undefined`: none waits. */
  #oldestAt: number | undefined
  readonly #store: Pick<EventStore, "clock" | "logger" | "observer" | "tenant">
  readonly #name: string

  constructor(store: Pick<EventStore, "clock" | "logger" | "observer" | "tenant">, name: string) {
    this.#store = store
    this.#name = name
    this.rate = new Rate(store.clock)
  }

  noteInput(input: MachineInput): void {
    switch (input.type) {
      case "handled":
        this.#noteHandled(input.count)
        break
      case "page":
        this.activeAt = this.#store.clock.now()
        break
      case "handler-failed":
        this.#noteHandled(input.done?.count ?? 0)
        this.failed++
        this.#measure("failed", 1)
        this.noteError(input.error)
        break
      case "work-failed":
      case "read-failed":
        this.noteError(input.error)
        break
    }
  }

  noteError(error: unknown): void {
    this.lastError = error
  }

  noteRetry(error: unknown, delayMs: number): void {
    this.noteError(error)
    this.retried++
    this.#measure("retried", 1)
    this.#measureAge()
    this.#store.logger?.warn(`subscription ${this.#name} failed and tries again in ${delayMs} ms`, { error })
  }

  /** An event that can't be decoded has failed without a handler. */
  noteUnreadable(error: unknown): void {
    this.noteError(error)
    this.failed++
    this.#measure("failed", 1)
  }

  noteParked(count: number): void {
    if (count === 0) return
    this.parked += count
    this.#measure("parked", count)
  }

  noteParking({ eventId, position, stream }: NewDeadLetter, error: unknown): void {
    this.noteError(error)
    const fields = { stream, eventId, position, error }
    this.#store.logger?.error(`subscription ${this.#name} parks an event and the rest of its stream`, fields)
  }

  /**
   * From the next event to be handled to the end of the log. `"none"`: nothing waits; `undefined`: not known now. `head`: the end of the log as last
   * seen.
   */
  noteLag(next: PageEvent | "none" | undefined, head = 0): void {
    if (this.#store.observer === undefined || next === undefined) return
    const waits = next !== "none"
    this.#oldestAt = waits ? ("unreadable" in next ? next.unreadable : next).recordedAt : undefined
    this.#measure("lag.positions", waits ? Math.max(head, next.position) - next.position + 1 : 0)
    if (waits) this.#measureAge()
    else this.#measure("lag.ms", 0)
    this.#measure("rate", this.rate.perSecond())
  }

  /** What others do from now on isn't this instance's lag. */
  noteEnd(): void {
    if (this.#store.observer === undefined) return
    this.#oldestAt = undefined
    for (const name of ["lag.positions", "lag.ms", "rate"] as const) this.#measure(name, 0)
  }

  noteFailure(error: unknown): void {
    this.#store.logger?.error(`subscription ${this.#name} stopped because of an error`, { error })
  }

  #noteHandled(count: number): void {
    if (count === 0) return
    this.handled += count
    this.activeAt = this.#store.clock.now()
    this.rate.add(count)
    this.#measure("handled", count)
  }

  /** Also while a handler fails again and again: what waits grows older. */
  #measureAge(): void {
    if (this.#oldestAt === undefined) return
    this.#measure("lag.ms", Math.max(0, this.#store.clock.now() - this.#oldestAt))
  }

  #measure(name: Measured<MeasurementName>, value: number): void {
    const attributes = { subscription: this.#name, ...measuredTenant(this.#store) }
    this.#store.observer?.record({ name: `subscription.${name}`, value, attributes })
  }
}

type Measured<Name extends string> = Name extends `subscription.${infer Rest}` ? Rest : never

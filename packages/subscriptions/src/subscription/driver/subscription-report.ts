import type { EventStore, MeasurementName, NewDeadLetter } from "@annals/core"
import type { MachineInput } from "../machine/machine-input.ts"
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
  /** Pages in hand, the oldest first: their last event's position, and when their first was recorded. */
  #pages: { readonly to: number; readonly recordedAt: number }[] = []
  readonly #store: Pick<EventStore, "clock" | "logger" | "observer">
  readonly #name: string

  constructor(store: Pick<EventStore, "clock" | "logger" | "observer">, name: string) {
    this.#store = store
    this.#name = name
    this.rate = new Rate(store.clock)
  }

  /** `head`: the end of the log as last seen. */
  noteInput(input: MachineInput, head: number | undefined): void {
    switch (input.type) {
      case "loaded":
        this.#pages = []
        break
      case "handled":
        this.#noteHandled(input.count)
        this.#passed(input.to)
        break
      case "saved":
        this.#passed(input.to)
        break
      case "page":
        this.activeAt = this.#store.clock.now()
        this.#notePage(input, head ?? 0)
        break
      case "handler-failed":
        this.#noteHandled(input.done?.count ?? 0)
        this.#passed(input.done?.to ?? 0)
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

  /** How far behind the reader was when it read this page: from its first event to the end of the log. */
  #notePage(
    { events, scannedTo, more }: Extract<MachineInput, { readonly type: "page" }>,
    head: number,
  ): void {
    if (this.#store.observer === undefined) return
    const [first] = events
    if (first !== undefined) {
      const { recordedAt } = "unreadable" in first ? first.unreadable : first
      this.#pages.push({ to: events.at(-1)?.position ?? scannedTo, recordedAt })
      this.#measure("lag.positions", Math.max(head, scannedTo) - first.position + 1)
      this.#measureAge()
    } else if (!more && this.#pages.length === 0) {
      this.#measure("lag.positions", 0)
      this.#measure("lag.ms", 0)
    }
    this.#measure("rate", this.rate.perSecond())
  }

  #passed(position: number): void {
    while (this.#pages[0] !== undefined && this.#pages[0].to <= position) this.#pages.shift()
  }

  /** Also while a handler fails again and again: what waits grows older. */
  #measureAge(): void {
    const [oldest] = this.#pages
    if (oldest === undefined) return
    this.#measure("lag.ms", Math.max(0, this.#store.clock.now() - oldest.recordedAt))
  }

  #measure(name: Measured<MeasurementName>, value: number): void {
    const attributes = { subscription: this.#name }
    this.#store.observer?.record({ name: `subscription.${name}`, value, attributes })
  }
}

type Measured<Name extends string> = Name extends `subscription.${infer Rest}` ? Rest : never

import { AsyncLocalStorage } from "node:async_hooks"
import {
  AnnalsError,
  type Clock,
  type ConsumerOptions,
  type EventBus,
  isAnnalsError,
  type Logger,
  systemClock,
  type WakeUps,
} from "@annals/core"
import { invalidOption } from "../options/invalid-option.ts"

/** How a bus is listened to. */
export interface BusWakeUpsOptions extends Pick<ConsumerOptions, "types" | "categories"> {
  /** The consumer group. The processes of a group share its events, so that each event wakes one of them: give every process that is to be woken its own. */
  readonly group: string
  /** Waits before it tries again to reach the bus. Default `systemClock`. */
  readonly clock?: Clock
  /** Told when the bus can't be reached. Default: none. */
  readonly logger?: Logger
  /** A number from 0 to below 1, for the jitter of these waits. Default `Math.random`. */
  readonly random?: () => number
}

/** Wake-ups that a bus brings. */
export interface BusWakeUps extends WakeUps, AsyncDisposable {}

const firstDelayMs = 100
const maxDelayMs = 30_000

/**
 * Has a subscription look at its store whenever an event arrives on a bus. That is a hint and no more: what was appended but not published is
 * found by polling.
 *
 * It consumes while somebody listens, and acknowledges everything. When the bus is away it tries again, 100 ms to 30 s apart, and wakes
 * everybody when it is back. Disposing of it resolves when the consumer has stopped and the group is removed, unless others still consume in it; a process that
 * is killed leaves its group behind, for which the bus keeps what is published until `bus.removeGroup` is called. Throws `INVALID_OPTION`.
 *
 * @example
 * import { hostname } from "node:os"
 * await using wakeUps = busWakeUps(bus, { group: `wake-${hostname()}`, categories: ["order"] })
 * const subscription = createSubscription(store, receipts, { wakeUps: [wakeUps] })
 */
export function busWakeUps(
  bus: Pick<EventBus, "subscribe" | "removeGroup">,
  options: BusWakeUpsOptions,
): BusWakeUps {
  if (typeof bus?.subscribe !== "function" || typeof bus.removeGroup !== "function")
    throw invalidOption("bus", "must be an event bus")
  if (typeof options?.group !== "string") throw invalidOption("group", "must be a consumer group's name")
  return new BusListener(bus, options)
}

class BusListener implements BusWakeUps {
  readonly #bus: Pick<EventBus, "subscribe" | "removeGroup">
  readonly #options: BusWakeUpsOptions
  readonly #listeners = new Set<() => void>()
  #isWaking = false
  #isDisposed = false
  /** Ends the consumer that runs, or is about to. */
  #ending = new AbortController()
  #ended: Promise<void> = Promise.resolve()

  constructor(bus: Pick<EventBus, "subscribe" | "removeGroup">, options: BusWakeUpsOptions) {
    this.#bus = bus
    this.#options = options
  }

  listen(listener: () => void): Disposable {
    if (this.#isDisposed) throw new AnnalsError("CLOSED", "these wake-ups are disposed of")
    // What a listener does isn't a part of handling the event: it runs in the context in which it began to listen.
    const call = AsyncLocalStorage.bind(() => listener())
    this.#listeners.add(call)
    if (this.#listeners.size === 1) this.#begin()
    return { [Symbol.dispose]: () => this.#forget(call) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true
    this.#listeners.clear()
    this.#ending.abort()
    await this.#ended
    await this.#removeGroup()
  }

  /** Nobody needs to be woken by what came meanwhile. */
  async #removeGroup(): Promise<void> {
    const { group, logger } = this.#options
    try {
      await this.#bus.removeGroup(group)
    } catch (error) {
      if (isAnnalsError(error, "CLOSED")) return
      logger?.warn("the group of a bus's wake-ups couldn't be removed", { group, error })
    }
  }

  #forget(call: () => void): void {
    if (this.#listeners.delete(call) && this.#listeners.size === 0) this.#ending.abort()
  }

  /** One consumer at a time: the one before has to end first. */
  #begin(): void {
    this.#ending = new AbortController()
    const { signal } = this.#ending
    this.#ended = this.#ended.then(() => this.#consume(signal))
  }

  async #consume(signal: AbortSignal): Promise<void> {
    const { clock = systemClock, logger, random = Math.random } = this.#options
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#consumeOnce(signal, () => {
          failures = 0
        })
        return
      } catch (error) {
        if (isAnnalsError(error, "CLOSED")) return
        failures++
        logger?.warn("the bus that wakes doesn't deliver: subscribing again later", { error })
        const longestMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (failures - 1))
        await clock.sleep(longestMs * (1 - random() / 2), signal).catch(() => {})
      }
    }
  }

  /** Until the signal, or until the consumer ends by itself. */
  async #consumeOnce(signal: AbortSignal, onReady: () => void): Promise<void> {
    const { group, types, categories } = this.#options
    const consumer = await this.#bus.subscribe({
      group,
      ...(types && { types }),
      ...(categories && { categories }),
      handler: () => this.#wake(),
      order: "none",
      unreadable: "raw",
    })
    try {
      onReady()
      this.#wake() // something may have come while nobody consumed
      await Promise.race([consumer.done, aborted(signal)])
    } finally {
      await consumer.stop()
    }
  }

  /** Soon calls every listener, each for itself, so that one that throws keeps no other from being called. */
  #wake(): void {
    if (this.#isWaking) return
    this.#isWaking = true
    queueMicrotask(() => {
      this.#isWaking = false
      for (const call of this.#listeners) queueMicrotask(() => this.#listeners.has(call) && call())
    })
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
}

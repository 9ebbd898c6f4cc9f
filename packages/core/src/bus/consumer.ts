import { AsyncLocalStorage } from "node:async_hooks"
import type { Serializer } from "../codecs/serializer.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import type { Clock } from "../ports/clock.ts"
import type { ConsumerStatus } from "../ports/event-bus.ts"
import type { Logger } from "../ports/logger.ts"
import { createAttempt } from "./attempt.ts"
import { backoffDelay } from "./backoff.ts"
import { createBusDecoder } from "./bus-event.ts"
import type { BusTask, TaskSource } from "./bus-task.ts"
import { noProgress } from "./consumer-progress.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { type Deliver, type DeliveryControl, Interrupted } from "./delivery.ts"
import { createOrderedDelivery } from "./ordered-delivery.ts"
import type { ParkedStreams } from "./parked-streams.ts"
import { createUnorderedDelivery } from "./unordered-delivery.ts"

export interface ConsumerTools {
  readonly clock: Clock
  readonly serializer: Serializer
  /** From 0 to below 1. */
  readonly random: () => number
  readonly logger: Logger | undefined
}

/**
 * Takes tasks from its source and works on some of them at a time.
 *
 *     running ⇄ paused            nothing is taken or tried while paused; handlers that run go on
 *     running, paused → stopping  by `stop()`, or because an event could neither be handled nor parked; backoffs end at
 *                                 once, what isn't done goes back to the source
 *     stopping → stopped, failed  when the last handler has returned
 */
export class Consumer implements DeliveryControl {
  readonly settings: ConsumerSettings
  readonly progress = noProgress()
  /** Resolves when the consumer has stopped; rejects with what stopped it. */
  readonly done: Promise<void>
  readonly #source: TaskSource
  readonly #tools: ConsumerTools
  readonly #deliver: Deliver
  readonly #stopping = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #state: ConsumerStatus["state"] = "running"
  #failure: { readonly error: unknown } | undefined
  #resumed = Promise.withResolvers<void>()
  #inFlight = 0

  constructor(
    settings: ConsumerSettings,
    source: TaskSource,
    parked: ParkedStreams | undefined,
    tools: ConsumerTools,
  ) {
    this.settings = settings
    this.#source = source
    this.#tools = tools
    this.done = this.#ended.promise
    this.done.catch(() => {}) // whoever doesn't look at it reads `status()`
    const { signal } = this.#stopping
    const decode = createBusDecoder({ ...settings, serializer: tools.serializer })
    const inContext = AsyncLocalStorage.snapshot()
    const attempt = createAttempt(settings, { clock: tools.clock, signal, decode, inContext })
    this.#deliver =
      settings.order === "stream"
        ? createOrderedDelivery(settings, attempt, this, parked)
        : createUnorderedDelivery(settings, attempt, this, source, (attempts) => this.#delayAfter(attempts))
  }

  /** Takes one task, if there is room and a task. Returns whether it did. */
  takeOne(): boolean {
    if (this.#state !== "running" || this.#inFlight >= this.settings.maxInFlight) return false
    const task = this.#source.take()
    if (task === undefined) return false
    this.#inFlight++
    void this.#work(task)
    return true
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused"
  }

  resume(): void {
    if (this.#state !== "paused") return
    this.#state = "running"
    this.#resumed.resolve()
    this.#resumed = Promise.withResolvers()
    this.#source.hasRoom()
  }

  /** Takes no more tasks, and resolves when none is in flight. */
  async stop(): Promise<void> {
    this.#stop()
    await this.done.catch(() => {})
  }

  status(): ConsumerStatus {
    return { state: this.#state, inFlight: this.#inFlight, ...this.progress }
  }

  async ready(): Promise<void> {
    while (this.#state === "paused") await this.#resumed.promise
    this.throwIfStopping()
  }

  throwIfStopping(): void {
    if (this.#stopping.signal.aborted) throw new Interrupted()
  }

  async backOff(attempts: number): Promise<void> {
    try {
      await this.#tools.clock.sleep(this.#delayAfter(attempts), this.#stopping.signal)
    } catch (error) {
      throw this.#stopping.signal.aborted ? new Interrupted() : error
    }
  }

  #delayAfter(attempts: number): number {
    return backoffDelay(this.settings.retry, attempts, this.#tools.random)
  }

  async #work(task: BusTask): Promise<void> {
    try {
      await this.#finish(task)
    } catch (error) {
      this.#fail(error)
    }
    this.#inFlight--
    if (this.#state === "stopping") this.#endIfIdle()
    this.#source.hasRoom()
  }

  async #finish(task: BusTask): Promise<void> {
    try {
      await this.#deliver(task)
    } catch (error) {
      await this.#source.giveBack(task)
      if (error instanceof Interrupted) return
      throw error
    }
    await this.#source.done(task)
  }

  #fail(error: unknown): void {
    const { group } = this.settings
    this.#tools.logger?.error("a consumer stops, because an event could neither be handled nor parked", {
      group,
      error,
    })
    this.progress.lastError = error
    this.#failure ??= { error }
    this.#stop()
  }

  #stop(): void {
    if (this.#stopping.signal.aborted) return
    this.#state = "stopping"
    this.#stopping.abort(new AnnalsError("ABORTED", "the consumer stops"))
    this.#resumed.resolve()
    this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (this.#inFlight > 0) return
    this.#state = this.#failure === undefined ? "stopped" : "failed"
    if (this.#failure === undefined) this.#ended.resolve()
    else this.#ended.reject(this.#failure.error)
  }
}

import { AsyncLocalStorage } from "node:async_hooks"
import { AnnalsError, type EventStore, isAnnalsError } from "@annals/core"
import { Nap } from "../relay/nap.ts"
import type { StopOptions } from "../subscription/subscription.ts"
import type { DeadlineRunner, DeadlineStatus } from "./deadline-runner.ts"
import { recordDeadlines } from "./record-deadlines.ts"

/** Appends wake the runner, since no deadline is scheduled without one; however many there are, it looks once in so long. */
const betweenLooksMs = 20
const firstDelayMs = 100
const defaultStopTimeoutMs = 10_000

/** One look after another, each followed by a sleep until the next deadline, but never longer than a poll: so clocks may be set, and timers don't overflow. */
export class StoreDeadlines<Tx> implements DeadlineRunner {
  readonly name = "deadlines"
  readonly kind = "deadlines"
  readonly #store: EventStore<Tx>
  readonly #pollIntervalMs: number
  /** What is recorded is no part of whatever happened to start the runner. */
  readonly #inContext = AsyncLocalStorage.snapshot()
  readonly #nap: Nap
  #done: Promise<void> = Promise.resolve()
  #starting: Promise<void> | undefined
  #state: "stopped" | "running" | "stopping" | "failed" = "stopped"
  #isPaused = false
  /** In a row. */
  #failures = 0
  readonly #counts: Writable<Omit<DeadlineStatus, "name" | "kind" | "state">> = {
    handled: 0,
    failed: 0,
    nextDueAt: undefined,
    activeAt: undefined,
    lastError: undefined,
  }

  constructor(store: EventStore<Tx>, pollIntervalMs: number) {
    this.#store = store
    this.#pollIntervalMs = pollIntervalMs
    this.#nap = new Nap(store.clock)
  }

  get done(): Promise<void> {
    return this.#done
  }

  async start(): Promise<void> {
    if (this.#state === "stopping") await this.#done.catch(() => {})
    if (this.#state !== "running") {
      this.#state = "running"
      this.#failures = 0
      this.#starting = this.#inContext(() => this.#begin())
    }
    await this.#starting
  }

  pause(): void {
    this.#isPaused = true
    this.#nap.rouse()
  }

  resume(): void {
    this.#isPaused = false
    this.#nap.rouse()
  }

  async stop({ timeoutMs = defaultStopTimeoutMs }: StopOptions = {}): Promise<void> {
    if (this.#state === "running") this.#state = "stopping"
    this.#nap.rouse()
    const ended = new AbortController()
    const timeout = this.#store.clock.sleep(timeoutMs, ended.signal)
    await Promise.race([this.#done, timeout]).catch(() => {})
    ended.abort()
    await timeout.catch(() => {})
  }

  status(): DeadlineStatus {
    return { name: this.name, kind: this.kind, state: this.#shownState(), ...this.#counts }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #shownState(): DeadlineStatus["state"] {
    if (this.#state !== "running") return this.#state
    if (this.#isPaused) return "paused"
    return this.#failures > 0 ? "retrying" : "live"
  }

  /** Listens before it looks, so that nothing comes in between. */
  async #begin(): Promise<void> {
    const over = new AbortController()
    const listening = this.#listen(over.signal)
    const end = () => {
      over.abort()
      listening[Symbol.dispose]()
      this.#state = this.#state === "failed" ? "failed" : "stopped"
    }
    try {
      this.#nap.begin()
      if (!this.#isPaused) await this.#look()
    } catch (error) {
      this.#counts.lastError = error
      end()
      throw error
    }
    this.#done = this.#run().finally(end)
    this.#done.catch(() => {}) // whoever doesn't look at it reads `status()`
  }

  async #run(): Promise<void> {
    while (this.#state === "running") {
      await this.#sleep()
      if (this.#state !== "running") return
      this.#nap.begin()
      if (!this.#isPaused) await this.#lookAgain()
    }
  }

  #sleep(): Promise<void> {
    if (this.#isPaused) return this.#nap.rest()
    const delayMs = firstDelayMs * 2 ** (this.#failures - 1)
    if (this.#failures > 0) return this.#nap.pause(Math.min(delayMs, this.#pollIntervalMs))
    const { nextDueAt = Number.POSITIVE_INFINITY } = this.#counts
    return this.#nap.rest(Math.max(0, Math.min(nextDueAt - this.#store.clock.now(), this.#pollIntervalMs)))
  }

  /** Whatever happens, it is tried again, unless the store is closed. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#look()
    } catch (error) {
      this.#failed(error)
      if (!isAnnalsError(error, "CLOSED")) return
      this.#state = "failed"
      throw new AnnalsError("SUBSCRIPTION_FAILED", "the deadline runner failed: the store was closed", {
        cause: error,
      })
    }
  }

  async #look(): Promise<void> {
    const { nextDueAt, error } = await recordDeadlines(this.#store, {
      goesOn: () => this.#state === "running" && !this.#isPaused,
      recorded: () => this.#counts.handled++,
    })
    this.#counts.activeAt = this.#store.clock.now()
    this.#counts.nextDueAt = nextDueAt
    if (error === undefined) this.#failures = 0
    else this.#failed(error)
  }

  #failed(error: unknown): void {
    this.#failures++
    this.#counts.failed++
    this.#counts.lastError = error
    this.#store.logger?.warn("the deadline runner tries again", { error })
  }

  #listen(over: AbortSignal): Disposable {
    const { clock, wakeUps } = this.#store
    let isHeard = false
    return wakeUps.listen(() => {
      if (isHeard) return
      isHeard = true
      clock.sleep(betweenLooksMs, over).then(
        () => {
          isHeard = false
          this.#nap.call()
        },
        () => {},
      )
    })
  }
}

type Writable<Fields> = { -readonly [Key in keyof Fields]: Fields[Key] }

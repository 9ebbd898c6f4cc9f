import { AsyncLocalStorage } from "node:async_hooks"
import { AnnalsError } from "../errors/annals-error.ts"
import type { ConsumerStatus } from "../ports/event-bus.ts"
import { createAttempt } from "./attempt.ts"
import { backoffDelay } from "./backoff.ts"
import type { Delivery, GroupMembership, Tenure } from "./bus-driver.ts"
import type { BusSettings } from "./bus-settings.ts"
import type { BusTask, EventTask } from "./bus-task.ts"
import { ConsumerProgress } from "./consumer-progress.ts"
import type { ConsumerSettings } from "./consumer-settings.ts"
import { type Deliver, type DeliveryControl, Interrupted, throwIfEnding } from "./delivery.ts"
import { Hold } from "./hold.ts"
import type { ObserveBus } from "./observe-bus.ts"
import { createOrderedDelivery } from "./ordered-delivery.ts"
import type { ParkedStreams } from "./parked-streams.ts"
import { Settlements } from "./settlements.ts"
import { createTaskQueue, type TaskQueue } from "./task-queue.ts"
import { createUnorderedDelivery } from "./unordered-delivery.ts"

/**
 * Works on some of the tasks that it is given at a time, and settles their deliveries.
 *
 *     running ⇄ paused            nothing is begun or tried while paused; handlers that run go on
 *     running, paused → stopping  by `stop()`, or because an event could neither be handled nor parked; backoffs end at
 *                                 once, what isn't done is released
 *     stopping → stopped, failed  when the last handler has returned and the group was left
 */
export class Consumer implements DeliveryControl {
  readonly settings: ConsumerSettings
  readonly progress: ConsumerProgress
  /** Resolves when the consumer has stopped; rejects with what stopped it. */
  readonly done: Promise<void>
  readonly #bus: BusSettings
  readonly #membership: GroupMembership
  readonly #settlements: Settlements
  readonly #queue: TaskQueue
  /** Came when their hold was ending. Released at once they could come again, and again. */
  #late: BusTask[] = []
  readonly #deliver: Deliver
  /** Also of tenures that are over: what a driver delivers of them late is not worked on. */
  readonly #holds = new WeakMap<Tenure, Hold>()
  readonly #held = new Set<Hold>()
  readonly #stopping = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  /** Handlers run in the consumer's own asynchronous context, never in that of whoever published or opened the connection. */
  readonly #inContext = AsyncLocalStorage.snapshot()
  #state: Exclude<ConsumerStatus["state"], "disconnected"> = "running"
  #isConnected = true
  #failure: { readonly error: unknown } | undefined
  #resumed = Promise.withResolvers<void>()
  #inFlight = 0

  constructor(
    bus: BusSettings,
    settings: ConsumerSettings,
    membership: GroupMembership,
    parked: ParkedStreams | undefined,
    observe: ObserveBus,
  ) {
    this.#bus = bus
    this.settings = settings
    this.progress = new ConsumerProgress(observe)
    this.#membership = membership
    this.#settlements = new Settlements(membership)
    this.#queue = createTaskQueue(settings.order)
    this.done = this.#ended.promise
    this.done.catch(() => {}) // whoever doesn't look at it reads `status()`
    const attempt = createAttempt(bus, settings, observe)
    const settling = this.#settlements
    this.#deliver =
      settings.order === "stream"
        ? createOrderedDelivery(settings, attempt, this, parked, settling, observe)
        : createUnorderedDelivery(settings, attempt, this, settling, observe)
  }

  /** The consumer's hold on a tenure. `prepare` runs for a new one before its first event is handled. */
  holdOn(tenure: Tenure, prepare?: (hold: Hold) => Promise<void>): Hold {
    const there = this.#holds.get(tenure)
    if (there !== undefined) return there
    const isStopping = this.#stopping.signal.aborted
    const hold = new Hold(tenure, isStopping ? undefined : prepare)
    if (isStopping) hold.end(stopReason())
    this.#holds.set(tenure, hold)
    if (hold.isLost) return hold
    this.#held.add(hold)
    tenure.lost.addEventListener("abort", () => this.#drop(hold), { once: true })
    return hold
  }

  /** Takes tasks, and begins some of them soon. */
  add(tasks: Iterable<BusTask>): void {
    for (const task of tasks) {
      if (task.hold.isLost) continue
      if (task.hold.isEnding) this.#late.push(task)
      else this.#queue.add(task)
    }
    this.#dispatch()
  }

  /** These need no handler. */
  acknowledge(hold: Hold, delivery: Delivery): void {
    if (!hold.isLost) this.#settlements.add(delivery)
  }

  /** Somebody else has to look at it. */
  release(hold: Hold, delivery: Delivery): void {
    if (!hold.isLost) this.#membership.release([delivery])
  }

  /** Ends a hold in good order: what was begun ends and counts, the rest is released. */
  async finish(tenure: Tenure): Promise<void> {
    const hold = this.#holds.get(tenure)
    if (hold === undefined) return
    hold.end(new AnnalsError("ABORTED", "another consumer of the group takes over"))
    this.#drop(hold)
    await hold.whenIdle()
    this.#releaseLate((task) => task.hold === hold)
    this.#settlements.flush()
    this.#held.delete(hold)
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused"
  }

  resume(): void {
    if (this.#state !== "paused") return
    this.#state = "running"
    this.#resumed.resolve()
    this.#resumed = Promise.withResolvers()
    this.#dispatch()
  }

  setConnected(isConnected: boolean, error?: unknown): void {
    this.#isConnected = isConnected
    if (error !== undefined) this.progress.lastError = error
  }

  /** Begins no more tasks, and resolves when none is in flight and the group is left. */
  async stop(): Promise<void> {
    this.#stop()
    await this.done.catch(() => {})
  }

  /** Stops because it can't go on. */
  fail(error: unknown): void {
    if (this.isOver) return
    this.progress.lastError = error
    this.#failure ??= { error }
    this.#bus.logger?.error("a consumer of a bus stops, because it can't go on", {
      group: this.settings.group,
      error,
    })
    this.#stop()
  }

  status(): ConsumerStatus {
    const { handled, failed, retried, parked, lastError } = this.progress
    return {
      group: this.settings.group,
      state: this.isAway && !this.isPaused ? "disconnected" : this.#state,
      inFlight: this.#inFlight,
      handled,
      failed,
      retried,
      parked,
      lastError,
    }
  }

  /** Whether it neither has stopped nor is about to. */
  get isRunning(): boolean {
    return this.#state === "running" || this.#state === "paused"
  }

  /** Whether it has stopped, or failed, and left its group. */
  get isOver(): boolean {
    return this.#state === "stopped" || this.#state === "failed"
  }

  /** Whether it runs, or is paused, and can't reach the broker. */
  get isAway(): boolean {
    return this.isRunning && !this.#isConnected
  }

  /** Throws `CLOSED` when it has stopped, or is about to. */
  checkRunning(): void {
    if (this.isRunning) return
    throw new AnnalsError("CLOSED", `the consumer of group ${this.settings.group} has stopped`)
  }

  /** Calls `listener` when it stops. */
  whenStopping(listener: () => void): void {
    if (this.#stopping.signal.aborted) listener()
    else this.#stopping.signal.addEventListener("abort", listener, { once: true })
  }

  /** Hands over at once what is settled. */
  flush(): void {
    this.#settlements.flush()
  }

  get isPaused(): boolean {
    return this.#state === "paused"
  }

  ready(hold: Hold): Promise<void> | undefined {
    if (this.#state === "paused") return this.#whenResumed(hold)
    throwIfEnding(hold)
    return undefined
  }

  async backOff(attempts: number, hold: Hold): Promise<void> {
    try {
      await this.#bus.clock.sleep(this.delayAfter(attempts), hold.signal)
    } catch (error) {
      throw hold.isEnding ? new Interrupted() : error
    }
  }

  /** Told once in a row: it is tried again until it succeeds, while the consumer looks as if it ran. */
  noteObstacle(error: unknown, attempts: number): void {
    this.progress.lastError = error
    if (attempts > 1) return
    const why = "events wait, because dead letters or retries can't be reached"
    this.#bus.logger?.warn(why, { group: this.settings.group, error })
  }

  delayAfter(attempts: number): number {
    return backoffDelay(this.settings.retry, attempts, this.#bus.random)
  }

  async #whenResumed(hold: Hold): Promise<void> {
    const ending = Promise.withResolvers<void>()
    const end = () => ending.resolve()
    hold.signal.addEventListener("abort", end)
    while (this.#state === "paused" && !hold.isEnding) {
      await Promise.race([this.#resumed.promise, ending.promise])
    }
    hold.signal.removeEventListener("abort", end)
    throwIfEnding(hold)
  }

  #dispatch(): void {
    if (this.#state !== "running" || this.#inFlight >= this.settings.maxInFlight) return
    this.#inContext(() => {
      while (this.#state === "running" && this.#inFlight < this.settings.maxInFlight) {
        const task = this.#queue.take()
        if (task === undefined) return
        this.#work(task)
      }
    })
  }

  #work(task: BusTask): void {
    this.#inFlight++
    task.hold.begin()
    try {
      const delivering = this.#deliver(task)
      if (delivering === undefined) this.#over(task)
      else void this.#workOn(task, delivering)
    } catch (error) {
      this.#undone(task, error)
      this.#over(task)
    }
  }

  async #workOn(task: BusTask, delivering: Promise<void>): Promise<void> {
    try {
      await delivering
    } catch (error) {
      this.#undone(task, error)
    }
    this.#over(task)
    this.#dispatch()
  }

  #undone(task: BusTask, error: unknown): void {
    if (!(error instanceof Interrupted)) this.fail(error)
    this.#release([task])
  }

  #over(task: BusTask): void {
    this.#inFlight--
    this.#queue.over(task)
    task.hold.finish()
  }

  #drop(hold: Hold): void {
    this.#release(this.#queue.remove((task) => task.hold === hold))
    if (hold.isLost) void this.#forgetLost(hold)
  }

  /** Handlers that run are waited for, although nothing that they do counts any more. */
  async #forgetLost(hold: Hold): Promise<void> {
    this.#late = this.#late.filter((task) => task.hold !== hold)
    await hold.whenIdle()
    this.#held.delete(hold)
  }

  #releaseLate(matches: (task: BusTask) => boolean): void {
    const late = this.#late.filter(matches)
    this.#late = this.#late.filter((task) => !matches(task))
    this.#release(late)
  }

  /** What was lost isn't the consumer's to release. */
  #release(tasks: readonly BusTask[]): void {
    const held = tasks.filter((task) => !task.hold.isLost).filter(isEventTask)
    if (held.length === 0) return
    this.#settlements.flush()
    this.#membership.release(held.map(({ delivery }) => delivery))
  }

  #stop(): void {
    if (!this.isRunning) return
    this.#state = "stopping"
    this.#stopping.abort()
    void this.#end()
  }

  async #end(): Promise<void> {
    const holds = [...this.#held]
    for (const hold of holds) hold.end(stopReason())
    for (const hold of holds) this.#drop(hold)
    await Promise.all(holds.map((hold) => hold.whenIdle()))
    this.#releaseLate(() => true)
    this.#settlements.flush()
    try {
      await this.#membership.leave()
    } catch (error) {
      this.#bus.logger?.warn("a consumer couldn't leave its group in good order", {
        group: this.settings.group,
        error,
      })
    }
    this.#state = this.#failure === undefined ? "stopped" : "failed"
    if (this.#failure === undefined) this.#ended.resolve()
    else this.#ended.reject(this.#failure.error)
  }
}

function isEventTask(task: BusTask): task is EventTask {
  return task.kind === "event"
}

function stopReason(): AnnalsError {
  return new AnnalsError("ABORTED", "the consumer stops")
}

import { AsyncLocalStorage } from "node:async_hooks"
import { AnnalsError, isAnnalsError, messageOf, type Position } from "@annals/core"
import { createDeadLetters } from "../../dead-letters/create-dead-letters.ts"
import type { SubscriptionDeadLetters } from "../../dead-letters/subscription-dead-letters.ts"
import { readerBehind } from "../../reactors/reader-behind.ts"
import type { MachineState } from "../machine/machine-state.ts"
import type {
  StopOptions,
  Subscription,
  SubscriptionLag,
  SubscriptionStatus,
  WaitOptions,
} from "../subscription.ts"
import type { SubscriptionKind } from "../subscription-definition.ts"
import { leastPosition, measureLag } from "./measure-lag.ts"
import { problemOf } from "./problem-of.ts"
import type { Runtime } from "./runtime.ts"
import { handledPosition, heldSlotCount, holdsAll, stateOf } from "./state-of.ts"
import { SubscriptionReport } from "./subscription-report.ts"
import { SubscriptionRun } from "./subscription-run.ts"
import { askEveryMs, waitForPosition } from "./wait-for-position.ts"

const defaultStopTimeoutMs = 10_000

/** The handle that users have: makes a run at each start, and outlives it. */
export class DurableSubscription<Tx> implements Subscription {
  readonly name: string
  readonly kind: SubscriptionKind
  readonly deadLetters: SubscriptionDeadLetters
  readonly #runtime: Runtime<Tx>
  readonly #report: SubscriptionReport
  /** What a handler does is no part of whatever happened to start the subscription. */
  readonly #inContext = AsyncLocalStorage.snapshot()
  #run: SubscriptionRun<Tx> | undefined
  #starting: Promise<void> | undefined
  /** What was called last: a start, or a stop. */
  #isWanted = false
  #isPaused = false
  #done: Promise<void> = Promise.resolve()
  #step = Promise.withResolvers<void>()
  #landmark = ""
  #asked: { readonly at: number; readonly position: Promise<number> } | undefined

  constructor(runtime: Runtime<Tx>) {
    const { store, definition } = runtime
    definition.checkStore?.(store)
    this.name = definition.name
    this.kind = definition.kind
    this.#runtime = { ...runtime, reader: readerBehind(runtime.reader, store, definition.behind) }
    this.#report = new SubscriptionReport(store, definition.name)
    this.deadLetters = createDeadLetters(store, definition.name, () =>
      this.#run?.dispatch({ type: "look-due" }),
    )
  }

  get done(): Promise<void> {
    return this.#done
  }

  start(): Promise<void> {
    this.#isWanted = true
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<void> {
    if (this.#isRunning()) return this.#settled()
    // Its leases are given back under the name that the new run has as well.
    if (this.#run !== undefined) await this.#run.ended
    if (!this.#isWanted) return // stopped meanwhile
    const run = this.#inContext(
      () => new SubscriptionRun(this.#runtime, this.#report, () => this.#progressed()),
    )
    this.#run = run
    if (this.#isPaused) run.dispatch({ type: "pause" })
    this.#done = run.ended.then(() => throwFailure(this.name, run.state))
    this.#done.catch(() => {}) // whoever doesn't look at it reads `status()`
    try {
      await this.#runtime.store.checkpoints.list() // opens the store, or says why it can't
    } catch (error) {
      run.cancel()
      throw error
    }
    this.#inContext(() => run.start())
    await this.#settled()
  }

  pause(): void {
    this.#isPaused = true
    this.#run?.dispatch({ type: "pause" })
  }

  resume(): void {
    this.#isPaused = false
    this.#run?.dispatch({ type: "resume" })
  }

  async stop({ timeoutMs = defaultStopTimeoutMs }: StopOptions = {}): Promise<void> {
    checkTimeout(timeoutMs)
    this.#isWanted = false
    this.#isPaused = false
    const run = this.#run
    if (run === undefined) return
    const { clock } = this.#runtime.store
    const inTime = new AbortController()
    run.dispatch({ type: "stop" })
    clock.sleep(timeoutMs, inTime.signal).then(
      () => run.abandon(),
      () => {},
    )
    await run.ended
    inTime.abort()
  }

  status(): SubscriptionStatus {
    const { name, kind } = this
    const state = this.#run?.state
    const { handled, retried, parked, failed, activeAt, lastError } = this.#report
    return {
      name,
      kind,
      state: state === undefined ? "stopped" : stateOf(state),
      instance: this.#runtime.instance,
      slots: state === undefined ? 0 : heldSlotCount(state),
      position: state === undefined ? undefined : handledPosition(state),
      head: this.#runtime.tail.head,
      handled,
      retried,
      parked,
      failed,
      ratePerSecond: this.#report.rate.perSecond(),
      activeAt,
      lastError,
    }
  }

  /** Why it isn't well; `undefined`: it is. */
  problem(stuckAfterMs: number): string | undefined {
    const run = this.#run
    if (run === undefined) return "not started"
    return problemOf(this.#runtime, run, this.#report.lastError, stuckAfterMs)
  }

  async lag(): Promise<SubscriptionLag> {
    return measureLag(this.#runtime, this.#ownPosition() ?? (await leastPosition(this.#runtime)))
  }

  async waitFor(position: Position | number | undefined, options: WaitOptions = {}): Promise<void> {
    checkTimeout(options.timeoutMs ?? 0)
    if (position === undefined) return
    const run = this.#run
    await waitForPosition(position, options, {
      name: this.name,
      clock: this.#runtime.store.clock,
      reached: () => {
        if (run !== undefined) throwIfOver(this.name, run.state)
        return this.#reached()
      },
      isElsewhere: () => this.#run === undefined || !holdsAll(this.#run.state),
      nextStep: () => this.#step.promise,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #reached(): Promise<number> {
    return this.#ownPosition() ?? (await this.#askStore())
  }

  /** Where the whole subscription is, if this instance has all of it. */
  #ownPosition(): number | undefined {
    const state = this.#run?.state
    if (state === undefined || !holdsAll(state) || state.cohorts.length > 1) return undefined
    return handledPosition(state)
  }

  /** All who wait ask together, and no sooner again than they look. */
  #askStore(): Promise<number> {
    const now = this.#runtime.store.clock.now()
    const isFresh = this.#asked !== undefined && now >= this.#asked.at && now < this.#asked.at + askEveryMs
    if (!isFresh || this.#asked === undefined) {
      this.#asked = { at: now, position: leastPosition(this.#runtime) }
    }
    return this.#asked.position
  }

  #isRunning(): boolean {
    return this.#run?.state.phase === "running"
  }

  /** Resolves when it is known whether there is anything to do, and from where. */
  async #settled(): Promise<void> {
    const run = this.#run
    while (run !== undefined && isStarting(run)) await this.#step.promise
    if (run?.state.phase === "failed") throwFailure(this.name, run.state)
  }

  /** Wakes who waits, at a step that they can tell from the one before. */
  #progressed(): void {
    const seen = this.#run === undefined ? "" : landmarkOf(this.#run)
    if (seen === this.#landmark) return
    this.#landmark = seen
    const step = this.#step
    this.#step = Promise.withResolvers()
    step.resolve()
  }
}

function landmarkOf({
  state,
  hasJoined,
}: {
  readonly state: MachineState
  readonly hasJoined: boolean
}): string {
  const { phase, paused, held, cohorts } = state
  return [phase, paused, hasJoined, held.length, cohorts.length, handledPosition(state)].join()
}

function isStarting({
  state,
  hasJoined,
}: {
  readonly state: MachineState
  readonly hasJoined: boolean
}): boolean {
  if (state.phase !== "running" || state.paused) return false
  return !hasJoined || (state.held.length > 0 && state.cohorts.length === 0)
}

function checkTimeout(timeoutMs: number): void {
  if (timeoutMs >= 0) return
  const why = `timeoutMs must be a number of milliseconds from 0, not ${String(timeoutMs)}`
  throw new AnnalsError("INVALID_OPTION", why, { path: "timeoutMs" })
}

function throwIfOver(name: string, state: MachineState): void {
  throwFailure(name, state)
  if (state.phase === "stopped" || state.phase === "stopping") {
    throw new AnnalsError("CLOSED", `subscription ${name} was stopped`)
  }
}

function throwFailure(name: string, { phase, failure }: MachineState): void {
  if (phase !== "failed") return
  if (isAnnalsError(failure, "SUBSCRIPTION_FAILED")) throw failure
  const why = messageOf(failure)
  throw new AnnalsError("SUBSCRIPTION_FAILED", `subscription ${name} failed: ${why}`, { cause: failure })
}

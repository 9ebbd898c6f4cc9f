import { AnnalsError, backoffDelay, isAnnalsError } from "@annals/core"
import { Membership } from "../../sharing/membership.ts"
import type { MachineAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import { initialState, type MachineSettings, type MachineState } from "../machine/machine-state.ts"
import { ended } from "../machine/progress.ts"
import { transition } from "../machine/transition.ts"
import { FailedEvents } from "./failed-events.ts"
import { HandlerGuard } from "./handler-guard.ts"
import { machineSettings } from "./machine-settings.ts"
import { observed } from "./observed.ts"
import { parkedBy } from "./parked-by.ts"
import { ParkedStreams } from "./parked-streams.ts"
import { type AnsweredAction, isAnswered, performAction } from "./perform-action.ts"
import type { Runtime } from "./runtime.ts"
import { isCaughtUp, isOutdated, nextToHandle } from "./state-of.ts"
import type { SubscriptionReport } from "./subscription-report.ts"
import { Timers } from "./timers.ts"

/** How often parked streams are looked at: somebody in another process may have requeued them. */
const lookEveryMs = 1000

/** How long the store may take for the last save, after the time for the stop was over. */
const lastSaveMs = 1000

const failures: ReadonlySet<MachineInput["type"]> = new Set([
  "handler-failed",
  "work-failed",
  "read-failed",
  "refused",
])

/** After these, another event is the next one to be handled, or the same one has become older. */
const movesLag: ReadonlySet<MachineInput["type"]> = new Set(["page", "handled", "handler-failed", "holding"])

/** A subscription from a start to its end: gives the machine its inputs, and does what it wants done. */
export class SubscriptionRun<Tx> {
  state: MachineState = initialState
  /** Whether the leases have been asked for. */
  hasJoined = false
  /** Epoch milliseconds of the last answer that wasn't a failure, and of the start. */
  wellAt: number
  readonly startedAt: number
  /** Resolves at the end, also after a failure, which `state` tells. */
  readonly ended: Promise<void>
  readonly #runtime: Runtime<Tx>
  readonly #settings: MachineSettings
  readonly #report: SubscriptionReport
  readonly #progressed: () => void
  readonly #membership: Membership
  readonly #guard: HandlerGuard
  readonly #timers: Timers
  readonly #failed = new FailedEvents()
  readonly #parkedStreams: ParkedStreams<Tx>
  readonly #end = Promise.withResolvers<void>()
  #listening: Disposable | undefined
  #reading = new AbortController()
  #isInterrupted = false
  #isOver = false
  #hasToldLive = false

  constructor(runtime: Runtime<Tx>, report: SubscriptionReport, progressed: () => void) {
    const { store, definition, instance, leaseTtlMs, random } = runtime
    this.#runtime = runtime
    this.startedAt = store.clock.now()
    this.wellAt = this.startedAt
    this.#settings = machineSettings(definition)
    this.#report = report
    this.#progressed = progressed
    this.ended = this.#end.promise
    this.#guard = new HandlerGuard(store.clock, definition.timeoutMs)
    this.#timers = new Timers(store.clock)
    this.#parkedStreams = new ParkedStreams(runtime)
    this.#membership = new Membership({
      store,
      group: definition.name,
      owner: instance,
      instances: definition.instances,
      ttlMs: leaseTtlMs,
      random,
      onChange: (holding) => {
        this.hasJoined = true
        this.dispatch({ type: "holding", ...holding })
      },
      onError: (error) => this.#leasesFailed(error),
    })
  }

  /** Epoch milliseconds of the last heartbeat that was answered; `undefined`: none was. */
  get leasesSeenAt(): number | undefined {
    return this.#membership.answeredAt
  }

  start(): void {
    if (this.#isOver) return
    this.#listening = this.#runtime.tail.listen(() => this.dispatch({ type: "woken" }))
    this.#membership.start()
  }

  /** Before it was started. */
  cancel(): void {
    this.state = ended(this.state, "stopped")
    this.#finish()
  }

  dispatch(input: MachineInput): void {
    if (this.#isOver) return
    this.#guarded(() => this.#step(input))
    if (movesLag.has(input.type))
      this.#guarded(() => this.#report.noteLag(nextToHandle(this.state), this.#runtime.tail.head))
    this.#progressed()
  }

  /** What was given to it may throw: a logger, an observer, `isPermanent`. Then it ends, for everyone to see, rather than sit there half alive. */
  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.state = { ...ended(this.state, "failed"), failure: error }
    this.#report.noteError(error)
    this.#finish()
  }

  #step(input: MachineInput): void {
    const [state, actions] = transition(this.#settings, this.state, input)
    this.state = state
    for (const action of actions) this.#perform(action)
    if (this.#isOver) return
    if (state.parked.size > 0) this.#setTimer("look", lookEveryMs, { type: "look-due" })
    if (isCaughtUp(state)) void this.#tellLive()
  }

  /** Gives up the handler that runs: nothing of it is committed. What was handled before it is saved, if the store answers soon. */
  abandon(): void {
    const why = "the subscription was stopped before its handler was through"
    this.#guard.abandon(new AnnalsError("ABORTED", why))
    this.#timers.set("abandon", lastSaveMs, () => {
      this.state = ended(this.state, "stopped")
      this.#finish()
    })
  }

  #perform(action: MachineAction): void {
    if (isAnswered(action)) void this.#answer(action)
    else this.#performAtOnce(action)
  }

  async #answer(action: AnsweredAction): Promise<void> {
    if (action.type === "handle" || action.type === "replay") this.#isInterrupted = false
    if (action.type === "load") {
      this.#reading.abort() // what is being read is of no use any more
      this.#reading = new AbortController()
    }
    const input = await performAction(action, {
      runtime: this.#runtime,
      guard: this.#guard,
      isInterrupted: () => this.#isInterrupted,
      signal: this.#reading.signal,
      parkedStreams: this.#parkedStreams,
      failed: this.#failed,
    })
    if (this.#isOver || isOutdated(input, this.state)) return this.dispatch(input)
    this.#failed.noteInput(action, input)
    this.#guarded(() => {
      this.#report.noteInput(input)
      const parked = parkedBy(action, input, this.#settings)
      this.#report.noteParked(parked.length)
      this.#parkedStreams.noteParked(parked)
    })
    if (!failures.has(input.type)) this.wellAt = this.#runtime.store.clock.now()
    this.dispatch(input)
  }

  #performAtOnce(action: Exclude<MachineAction, AnsweredAction>): void {
    const { definition, random } = this.#runtime
    switch (action.type) {
      case "release":
        void this.#membership.released(action.resources)
        break
      case "renew":
        void this.#renew()
        break
      case "back-off": {
        const delayMs = backoffDelay(definition.retry, action.attempts, random)
        this.#report.noteRetry(action.reason, delayMs)
        void this.#backOff(delayMs)
        break
      }
      case "end-backoff":
        this.#timers.clear("backoff")
        break
      case "schedule-save":
        this.#setTimer("save", definition.checkpointEvery.ms, { type: "save-due" })
        break
      case "interrupt":
        this.#isInterrupted = true
        break
      case "tell-parked":
        this.#report.noteParking(action.entry, action.error)
        break
      case "tell-unreadable":
        this.#report.noteUnreadable(action.error)
        break
      case "settle":
        if (action.failure !== undefined) this.#report.noteFailure(action.failure)
        this.#finish()
        break
      default:
        action satisfies never
    }
  }

  async #backOff(delayMs: number): Promise<void> {
    const wait = () => this.#timers.wait("backoff", delayMs)
    try {
      const causes = this.#failed.causes()
      const details = { eventCount: causes.length, causes }
      if (await observed(this.#runtime, "retry", details, wait)) this.dispatch({ type: "backed-off" })
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Once for each time that it gets to the end; what fails, or says that it was too early, is tried again at the next step. */
  async #tellLive(): Promise<void> {
    const { definition, store } = this.#runtime
    if (definition.whenLive === undefined || this.#hasToldLive) return
    this.#hasToldLive = true
    try {
      this.#hasToldLive = (await definition.whenLive(store)) !== false
    } catch (error) {
      this.#hasToldLive = false
      this.#report.noteError(error)
    }
  }

  #setTimer(name: string, afterMs: number, input: MachineInput): void {
    this.#timers.set(name, afterMs, () => this.dispatch(input))
  }

  /** Without a store there is nothing to wait for. */
  #leasesFailed(error: unknown): void {
    this.#report.noteError(error)
    if (isAnnalsError(error, "CLOSED")) {
      this.dispatch({ type: "read-failed", epoch: this.state.epoch, error })
    }
  }

  async #renew(): Promise<void> {
    this.#report.noteError(
      new AnnalsError("LEASE_LOST", "another instance has the slots: nothing was committed"),
    )
    await this.#membership.renew()
    this.dispatch({ type: "holding", ...this.#membership.holding })
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#reading.abort()
    this.#timers.clearAll()
    this.#listening?.[Symbol.dispose]()
    this.#guarded(() => this.#report.noteEnd())
    this.#progressed()
    const end = () => this.#end.resolve()
    this.#membership.stop().then(end, end)
  }
}

import { AnnalsError, type EventStore, isAnnalsError, type WakeUps } from "@annals/core"
import { isRetryable } from "../options/check-retry.ts"
import type { Holding } from "../sharing/holding.ts"
import { Membership } from "../sharing/membership.ts"
import type { SubscriptionState } from "../subscription/subscription.ts"
import { Nap } from "./nap.ts"
import type { OutboxReport } from "./outbox-report.ts"
import type { OutboxSettings } from "./outbox-settings.ts"
import { OutboxTenure, type StepResult } from "./outbox-tenure.ts"

const firstPollMs = 50

/** Every commit of the process calls: a busy store would have the outbox looked at without a pause. */
const betweenEmptyLooksMs = 5

/**
 * A relay from a start to its end. One loop does everything, so that no two steps are ever under way: while it holds the outbox it takes one step
 * after the other, with nothing to send it rests until called, and after a failure it backs off.
 */
export class OutboxRun {
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>
  readonly #store: EventStore
  readonly #settings: OutboxSettings
  readonly #report: OutboxReport
  readonly #nap: Nap
  readonly #membership: Membership
  readonly #joined = Promise.withResolvers<void>()
  readonly #end = Promise.withResolvers<void>()
  readonly #abandoned = Promise.withResolvers<void>()
  #phase: "running" | "stopping" | "stopped" | "failed" = "running"
  #failure: AnnalsError | undefined
  #isPaused = false
  #rests: "idle" | "after-failure" | undefined
  #tenure: OutboxTenure | undefined
  /** Failures of the store in a row. */
  #stumbles = 0

  constructor(store: EventStore, settings: OutboxSettings, report: OutboxReport) {
    this.#store = store
    this.#settings = settings
    this.#report = report
    this.ended = this.#end.promise
    this.#nap = new Nap(store.clock)
    this.#membership = new Membership({
      store,
      group: `outbox/${settings.name}`,
      owner: settings.instance,
      instances: "one-active",
      ttlMs: settings.leaseTtlMs,
      random: settings.random,
      onChange: (holding) => this.#holds(holding),
      onError: (error) => report.noteError(error),
    })
  }

  get state(): SubscriptionState {
    if (this.#phase !== "running") return this.#phase
    if (this.#failure !== undefined) return "stopping"
    if (this.#isPaused) return "paused"
    if (this.#tenure === undefined) return "standing-by"
    if (this.#rests === "after-failure") return "retrying"
    return this.#rests === "idle" ? "live" : "catching-up"
  }

  get failure(): AnnalsError | undefined {
    return this.#failure
  }

  /** While it holds the outbox. */
  get tenure(): OutboxTenure | undefined {
    return this.#tenure
  }

  /** Resolves when it sends or stands by, or has ended. */
  async start(): Promise<void> {
    void this.#run()
    await Promise.race([this.#joined.promise, this.ended])
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#nap.rouse()
  }

  /** There may be something to send. */
  call(): void {
    this.#nap.call()
  }

  stop(): void {
    if (this.#phase === "running") this.#phase = "stopping"
    this.#nap.rouse()
  }

  /** Doesn't wait any longer for what is being sent, nor for the store. */
  abandon(): void {
    this.#tenure?.abandon(new AnnalsError("ABORTED", `outbox relay ${this.#settings.name} is stopped`))
    this.#abandoned.resolve()
  }

  async #run(): Promise<void> {
    const hints = [this.#store.wakeUps, ...this.#settings.wakeUps]
    const listening = hints.flatMap((one) => this.#listenTo(one))
    this.#membership.start()
    await Promise.race([this.#loop(), this.#abandoned.promise])
    for (const one of listening) one[Symbol.dispose]()
    await this.#membership.stop()
    this.#tenure = undefined
    this.#report.noteEnd()
    this.#phase = this.#failure === undefined ? "stopped" : "failed"
    this.#end.resolve()
  }

  /** What can't be listened to, such as a closed bus, is done without: hints only save time. */
  #listenTo(source: WakeUps): Disposable[] {
    try {
      return [source.listen(() => this.#nap.call())]
    } catch (error) {
      this.#report.noteError(error)
      return []
    }
  }

  /** Never rejects. */
  async #loop(): Promise<void> {
    const { pollIntervalMs } = this.#settings
    for (let pollMs = firstPollMs; this.#mayGoOn(); ) {
      this.#nap.begin()
      const tenure = this.#isPaused ? undefined : this.#tenure
      if (tenure === undefined) {
        await this.#nap.rest()
        continue
      }
      const result = await this.#step(tenure)
      if (result.type === "retry") await this.#backOff(result.failures)
      if (result.type === "failed") this.#fail(result.error, [result.messageId])
      if (result.type === "nothing-to-send") {
        await this.#rest(Math.min(pollMs, pollIntervalMs))
        pollMs = Math.min(pollMs * 2, pollIntervalMs)
      } else pollMs = firstPollMs
    }
    // What is sent but can't be removed now is sent again some time.
    await this.#tenure?.removeSent().catch((error: unknown) => this.#report.noteError(error))
  }

  async #step(tenure: OutboxTenure): Promise<StepResult> {
    try {
      const result = await tenure.step(() => this.#isPaused || !this.#mayGoOn())
      this.#stumbles = 0
      return result
    } catch (error) {
      if (isAnnalsError(error, "LEASE_LOST")) await this.#membership.renew()
      else {
        this.#report.noteError(error)
        if (isRetryable(error)) return { type: "retry", failures: ++this.#stumbles }
        this.#fail(error, [])
      }
      return { type: "progress" }
    }
  }

  async #rest(milliseconds: number): Promise<void> {
    this.#rests = "idle"
    await this.#nap.pause(betweenEmptyLooksMs)
    await this.#nap.rest(milliseconds)
    this.#rests = undefined
  }

  async #backOff(failures: number): Promise<void> {
    const { retry, random } = this.#settings
    const longestMs = Math.min(retry.maxDelayMs, retry.delayMs * 2 ** (failures - 1))
    const delayMs = Math.round(longestMs * (1 - random() / 2))
    this.#report.noteRetry(delayMs)
    this.#rests = "after-failure"
    await this.#nap.pause(delayMs)
    this.#rests = undefined
  }

  #fail(error: unknown, messageIds: readonly string[]): void {
    const { name } = this.#settings
    const why = error instanceof Error ? error.message : String(error)
    const options = { cause: error, details: { messageIds } }
    this.#failure = isAnnalsError(error, "SUBSCRIPTION_FAILED")
      ? error
      : new AnnalsError("SUBSCRIPTION_FAILED", `outbox relay ${name} failed: ${why}`, options)
    this.#report.noteFailure(error)
  }

  #holds({ held }: Holding): void {
    const fence = held[0]?.fence
    if (fence?.number !== this.#tenure?.fence.number) {
      this.#tenure?.abandon(new AnnalsError("LEASE_LOST", "another instance may have taken over"))
      const options = { store: this.#store, settings: this.#settings, report: this.#report }
      this.#tenure = fence && new OutboxTenure({ ...options, fence })
      if (fence === undefined) this.#report.noteEnd()
      this.#nap.rouse()
    }
    this.#joined.resolve()
  }

  #mayGoOn(): boolean {
    return this.#phase === "running" && this.#failure === undefined
  }
}

import { AsyncLocalStorage } from "node:async_hooks"
import type { EventStore } from "@annals/core"
import type { StopOptions } from "../subscription/subscription.ts"
import type { OutboxRelay, OutboxRelayOptions, OutboxRelayStatus } from "./outbox-relay.ts"
import { OutboxReport } from "./outbox-report.ts"
import { OutboxRun } from "./outbox-run.ts"
import { checkOutboxOptions, type OutboxSettings } from "./outbox-settings.ts"

const defaultStopTimeoutMs = 10_000

/**
 * Makes a relay for messages that aren't events: what a transaction put into its `outbox` is sent once that has committed, oldest first, at least once,
 * and removed when `send` has resolved. It takes the outbox of the handle's tenant.
 *
 * Several instances may run: one sends. When it hangs past its lease another takes over, and for a moment both may be sending; nothing is removed by the
 * one that lost. Errors that say `retryable: true` are tried again without an end; after any other, the messages of a failed batch are sent one by one, and
 * the last attempt stops the relay or parks the message. What is parked is known to this instance only: the next one, or a restart, tries it anew.
 *
 * It looks at once after a commit in this process that appended events, and polls for everything else. Throws `INVALID_NAME`, `INVALID_OPTION`.
 *
 * @example
 * await using relay = createOutboxRelay(store, {
 *   name: "mails",
 *   topic: "mail",
 *   send: async (messages, { signal }) => mailer.sendAll(messages, { signal }),
 * })
 * await relay.start()
 */
export function createOutboxRelay<Tx>(store: EventStore<Tx>, options: OutboxRelayOptions): OutboxRelay {
  return new RunningOutboxRelay(store as EventStore, checkOutboxOptions(options))
}

/** The handle that users have: makes a run at each start, and outlives it. */
class RunningOutboxRelay implements OutboxRelay {
  readonly name: string
  readonly #store: EventStore
  readonly #settings: OutboxSettings
  readonly #report: OutboxReport
  /** What is sent is no part of whatever happened to start the relay. */
  readonly #inContext = AsyncLocalStorage.snapshot()
  #run: OutboxRun | undefined
  #done: Promise<void> = Promise.resolve()

  constructor(store: EventStore, settings: OutboxSettings) {
    this.name = settings.name
    this.#store = store
    this.#settings = settings
    this.#report = new OutboxReport(store, settings.name)
  }

  get done(): Promise<void> {
    return this.#done
  }

  async start(): Promise<void> {
    await this.#store.outbox.read({ limit: 1 }) // opens the store, or says why it can't
    if (this.#run?.state === "stopping") await this.#run.ended
    if (this.#isRunning()) return
    const run = this.#inContext(() => new OutboxRun(this.#store, this.#settings, this.#report))
    this.#run = run
    this.#done = run.ended.then(() => {
      if (run.failure !== undefined) throw run.failure
    })
    this.#done.catch(() => {}) // whoever doesn't look at it reads `status()`
    await this.#inContext(() => run.start())
  }

  pause(): void {
    this.#run?.setPaused(true)
  }

  resume(): void {
    this.#run?.setPaused(false)
  }

  async stop({ timeoutMs = defaultStopTimeoutMs }: StopOptions = {}): Promise<void> {
    const run = this.#run
    if (run === undefined) return
    const inTime = new AbortController()
    run.stop()
    this.#store.clock.sleep(timeoutMs, inTime.signal).then(
      () => run.abandon(),
      () => {},
    )
    await run.ended
    inTime.abort()
  }

  status(): OutboxRelayStatus {
    const { sent, failed, activeAt, lastError, rate } = this.#report
    return {
      name: this.name,
      state: this.#run?.state ?? "stopped",
      instance: this.#settings.instance,
      sent,
      failed,
      parked: this.#run?.tenure?.parked ?? [],
      ratePerSecond: rate.perSecond(),
      activeAt,
      lastError,
    }
  }

  async lag(): Promise<{ readonly ms: number }> {
    const { topic } = this.#settings
    const [oldest] = await this.#store.outbox.read({ ...(topic !== undefined && { topic }), limit: 1 })
    return { ms: oldest === undefined ? 0 : Math.max(0, this.#store.clock.now() - oldest.addedAt) }
  }

  retry(ids?: readonly string[]): number {
    const count = this.#run?.tenure?.retry(ids) ?? 0
    this.#run?.call()
    return count
  }

  async discard(ids: readonly string[]): Promise<number> {
    const count = (await this.#run?.tenure?.discard(ids)) ?? 0
    this.#run?.call()
    return count
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #isRunning(): boolean {
    const state = this.#run?.state
    return state !== undefined && state !== "stopped" && state !== "failed"
  }
}

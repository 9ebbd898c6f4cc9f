import type { AnnalsError, EventStore, Fence, StoredOutboxMessage } from "@annals/core"
import { HandlerGuard } from "../subscription/driver/handler-guard.ts"
import { readFree, removeFenced } from "./outbox-access.ts"
import { OutboxQueue } from "./outbox-queue.ts"
import type { ParkedMessage } from "./outbox-relay.ts"
import type { OutboxReport } from "./outbox-report.ts"
import type { OutboxSettings } from "./outbox-settings.ts"
import { sendMessages } from "./send-messages.ts"

/** What came of one step. */
export type StepResult =
  | { readonly type: "nothing-to-send" }
  | { readonly type: "progress" }
  /** To be tried again after so many failures in a row. */
  | { readonly type: "retry"; readonly failures: number }
  | { readonly type: "failed"; readonly error: unknown; readonly messageId: string }

export interface TenureOptions {
  readonly store: EventStore
  readonly settings: OutboxSettings
  readonly report: OutboxReport
  readonly fence: Fence
}

/** What an instance does with the outbox as long as it holds it under one fence. What it doesn't get done is the next one's to find in the outbox. */
export class OutboxTenure {
  readonly fence: Fence
  readonly #options: TenureOptions
  readonly #guard: HandlerGuard
  readonly #queue = new OutboxQueue()
  /** Sent, but not yet removed. */
  #sent: readonly string[] = []
  /** Failures in a row that aren't a message's fault. */
  #stumbles = 0
  #isOver = false

  constructor(options: TenureOptions) {
    const { store, settings, fence } = options
    this.fence = fence
    this.#options = options
    this.#guard = new HandlerGuard(store.clock, settings.timeoutMs)
  }

  get parked(): readonly ParkedMessage[] {
    return this.#queue.parked
  }

  /** Gives up the send that is under way, and does nothing more. */
  abandon(why: AnnalsError): void {
    this.#isOver = true
    this.#guard.abandon(why)
  }

  /** Looks for messages, sends a batch and removes it. Rejects when the store fails, with `LEASE_LOST` among other things. */
  async step(isInterrupted: () => boolean): Promise<StepResult> {
    const { store, settings, report } = this.#options
    await this.removeSent()
    const free = await readFree(store, settings, this.#queue)
    report.noteLook(free[0]?.addedAt)
    if (free.length === 0) {
      this.#queue.forgetAttempts()
      this.#stumbles = 0
      return { type: "nothing-to-send" }
    }
    if (this.#isOver || isInterrupted()) return { type: "progress" }
    return this.#send(this.#queue.batchOf(free))
  }

  async removeSent(): Promise<void> {
    if (this.#sent.length === 0 || this.#isOver) return
    const ids = this.#sent
    await removeFenced(this.#options.store, ids, this.fence)
    this.#sent = []
    this.#queue.removed(ids)
    this.#options.report.noteSent(ids.length)
  }

  retry(ids: readonly string[] | undefined): number {
    return this.#queue.free(ids).length
  }

  async discard(ids: readonly string[]): Promise<number> {
    const parked = this.parked.map(({ message }) => message.id).filter((id) => ids.includes(id))
    if (parked.length === 0) return 0
    const count = await removeFenced(this.#options.store, parked, this.fence)
    this.#queue.free(parked)
    return count
  }

  async #send(batch: readonly StoredOutboxMessage[]): Promise<StepResult> {
    const { store, settings } = this.#options
    const attempt = this.#queue.attemptsOf(batch) + 1
    try {
      await sendMessages(batch, attempt, { store, settings, guard: this.#guard })
    } catch (error) {
      return this.#isOver ? { type: "progress" } : this.#sendFailed(batch, error)
    }
    this.#sent = batch.map(({ id }) => id)
    this.#stumbles = 0
    await this.removeSent()
    return { type: "progress" }
  }

  #sendFailed(batch: readonly StoredOutboxMessage[], error: unknown): StepResult {
    const { report, settings, store } = this.#options
    report.noteSendFailed(error)
    if (settings.retry.isPassing(error)) return { type: "retry", failures: ++this.#stumbles }
    const attempts = this.#queue.failed(batch)
    const { retry, onFailure } = settings
    const isFinal = attempts >= retry.attempts || (attempts > 0 && retry.isPermanent(error))
    if (!isFinal) return { type: "retry", failures: Math.max(1, attempts) }
    const [message] = batch as readonly [StoredOutboxMessage]
    if (onFailure === "stop") return { type: "failed", error, messageId: message.id }
    const parked = { message, attempts, error, failedAt: store.clock.now() }
    this.#queue.park(parked)
    report.noteParked(parked)
    return { type: "progress" }
  }
}

import type { StoredOutboxMessage } from "@annals/core"
import type { Runnable, RunnableStatus } from "../manager/subscription-manager.ts"
import type { RunOptions } from "../subscription/check-run-options.ts"
import type { StopOptions } from "../subscription/subscription.ts"
import type { SubscriptionRetryOptions } from "../subscription/subscription-definition.ts"

/** What a relay sends, and how. Its `pollIntervalMs` is 1,000 unless given, because not all messages come with an event, which would wake it. */
export interface OutboxRelayOptions extends RunOptions {
  /** Relays of one name, in any number of processes, are instances of one: one sends, the others stand by. */
  readonly name: string
  /** Only messages of this topic. Default: all. No two relays of different names may take the same ones. */
  readonly topic?: string
  /**
   * Resolves when the messages are sent, in the order given. If it rejects they are sent again, all of them: receivers tell repeats by `id`, which
   * never changes.
   */
  readonly send: (messages: readonly StoredOutboxMessage[], context: SendContext) => void | PromiseLike<void>
  /** Messages read and sent at a time. Default 100. */
  readonly batchSize?: number
  /** Five attempts, 100 ms apart and doubling up to 30 s, with jitter. */
  readonly retry?: SubscriptionRetryOptions
  /**
   * After the last attempt with a message: `"stop"` (default) the relay, or `"park"` the message: it stays in the outbox, and so do
   * the later ones of its key, while others are sent. None is ever stepped over.
   */
  readonly onFailure?: "stop" | "park"
  /** So many messages may stay in the outbox, parked or behind a parked one: they are looked through again and again. Beyond, the relay stops. Default 1,000. */
  readonly maxWaiting?: number
  /** Milliseconds that `send` may take. Then its signal is aborted, and it has failed. Default 30,000. */
  readonly timeoutMs?: number
}

/** What `send` is told besides the messages. */
export interface SendContext {
  /** The relay's name. */
  readonly relay: string
  /** From 1; counts again for every message. */
  readonly attempt: number
  /** Aborted when the time is over, when the relay is stopped and this didn't finish in time, and when another instance took over. */
  readonly signal: AbortSignal
}

/** A relay of this process: one instance of possibly several. It runs by itself, or among a manager's `runners`. */
export interface OutboxRelay extends Runnable, AsyncDisposable {
  /** Resolves when it sends or stands by; rejects with what kept the store from opening. Once stopped or failed it can be started again. */
  start(): Promise<void>
  /**
   * Resolves when it has stopped; rejects with `SUBSCRIPTION_FAILED`, whose `cause` is what stopped it and whose `details.messageIds` are the messages
   * concerned. A new promise after each start.
   */
  readonly done: Promise<void>
  /** Sends nothing more after what is being sent. Keeps its place among the instances. */
  pause(): void
  resume(): void
  /**
   * Lets `send` finish, removes what was sent and leaves the rest to other instances. A backoff, a poll or a pause ends at once. A `send` that takes longer
   * than `timeoutMs` (default 10,000) is left behind with its signal aborted, and its messages are sent again some time.
   */
  stop(options?: StopOptions): Promise<void>
  status(): OutboxRelayStatus
  /** Asks the store for how long the oldest message has been waiting. 0: none waits. */
  lag(): Promise<{ readonly ms: number }>
  /** Tries parked messages again, all or those with these ids. Returns how many. So does a restart, or another instance. */
  retry(ids?: readonly string[]): number
  /**
   * Removes parked messages from the outbox for good, and sends those that waited behind them. Returns how many were removed. Rejects with `LEASE_LOST` if
   * another instance has taken over.
   */
  discard(ids: readonly string[]): Promise<number>
}

/** How a relay is doing in this process; counts are since it was created. */
export interface OutboxRelayStatus extends RunnableStatus {
  /** This instance, among those of the same name. */
  readonly instance: string
  /** Messages sent and removed. */
  readonly sent: number
  /** Attempts that failed. */
  readonly failed: number
  /** Messages that this instance parked, oldest first. */
  readonly parked: readonly ParkedMessage[]
  /** Messages sent per second, over the last ten seconds. */
  readonly ratePerSecond: number
  /** Epoch milliseconds of the last message sent or look at the outbox; `undefined`: none yet. */
  readonly activeAt: number | undefined
}

/** A message that couldn't be sent. It stays in the outbox, with the later ones of its key behind it. */
export interface ParkedMessage {
  readonly message: StoredOutboxMessage
  readonly attempts: number
  readonly error: unknown
  /** Epoch milliseconds. */
  readonly failedAt: number
}

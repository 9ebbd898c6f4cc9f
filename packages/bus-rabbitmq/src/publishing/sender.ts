import type { Clock } from "@annals/core"
import type { ConfirmChannel, Message } from "amqplib"
import { failed, unavailable } from "../errors.ts"
import type { Outgoing } from "../wire.ts"
import { Batch } from "./batch.ts"

/** So many messages may be on their way at a time: more are sent as these are confirmed. */
const largestWindow = 1_000
/** How often it is looked whether the broker still confirms. */
const watchIntervalMs = 1_000
/** How long a call waits for a connection that is being restored: most are back by then, and whoever called learns of the others soon. */
const patienceMs = 2_000

export interface SenderOptions {
  readonly clock: Clock
  /** How long the broker may take to confirm. */
  readonly timeoutMs: number
  /** It took longer. */
  stuck(error: unknown): void
  /** Says why there is no channel. */
  away(): unknown
}

interface Item {
  readonly message: Outgoing
  readonly batch: Batch
  /** Epoch milliseconds. A long call waits long for its turn, and a broker that is busy with it isn't stuck. */
  sentAt: number
  isReturned: boolean
}

/**
 * Sends messages in the order in which they are given, some of them at a time on their way, and resolves when the broker has confirmed them.
 *
 * When the broker refuses one, everything under way is rejected and nothing that waits is sent: so no call succeeds that was made after one that failed. From
 * then on one message is sent at a time, then two, four and so on, so that none overtakes an earlier one while the broker can't make up its mind.
 */
export class Sender {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #stuck: (error: unknown) => void
  readonly #away: () => unknown
  readonly #onDrain = () => this.#resume()
  #channel: ConfirmChannel | undefined
  #watching = new AbortController()
  /** Sent, and not confirmed. In order. */
  readonly #sent = new Set<Item>()
  /** Not sent yet. In order; those before `#next` are gone. */
  #waiting: Item[] = []
  #next = 0
  #window = largestWindow
  #isFull = false
  #isPatient = false

  constructor({ clock, timeoutMs, stuck, away }: SenderOptions) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#stuck = stuck
    this.#away = away
  }

  attach(channel: ConfirmChannel): void {
    this.#channel = channel
    this.#isFull = false
    channel.on("drain", this.#onDrain)
    channel.on("return", (message: Message) => this.#returned(message))
    this.#watching = new AbortController()
    void this.#watch(this.#watching.signal)
    this.#pump()
  }

  /** The channel is gone, and nobody knows what of it has arrived. */
  detach(error: unknown): void {
    this.#watching.abort()
    this.#channel = undefined
    this.#failAll(error)
  }

  /** Resolves with those that found no queue. */
  send(messages: readonly Outgoing[], signal?: AbortSignal): Promise<readonly Outgoing[]> {
    const batch = new Batch(messages.length, signal)
    for (const message of messages) this.#waiting.push({ message, batch, sentAt: 0, isReturned: false })
    if (this.#channel === undefined) void this.#waitForChannel()
    else this.#pump()
    return batch.result
  }

  async #waitForChannel(): Promise<void> {
    if (this.#isPatient) return
    this.#isPatient = true
    await this.#clock.sleep(patienceMs)
    this.#isPatient = false
    if (this.#channel === undefined) this.#failAll(this.#away())
  }

  #pump(): void {
    const waiting = this.#waiting
    while (
      this.#channel !== undefined &&
      this.#waiting === waiting &&
      !this.#isFull &&
      this.#sent.size < this.#window &&
      this.#next < waiting.length
    ) {
      const item = waiting[this.#next++] as Item
      if (!item.batch.isSettled) this.#transmit(item)
    }
    if (this.#waiting !== waiting) return // all failed
    // Not each time: what is cut off is copied.
    if (this.#next < largestWindow && this.#next < waiting.length) return
    this.#waiting = waiting.slice(this.#next)
    this.#next = 0
  }

  #transmit(item: Item): void {
    const channel = this.#channel
    if (channel === undefined) return
    const { exchange, routingKey, content, options } = item.message
    item.sentAt = this.#clock.now()
    this.#sent.add(item)
    const confirm = (error: unknown) => this.#confirmed(item, error)
    try {
      this.#isFull = !channel.publish(exchange, routingKey, content, options, confirm)
    } catch (error) {
      this.#sent.delete(item)
      this.#failAll(error)
    }
  }

  #confirmed(item: Item, error: unknown): void {
    if (!this.#sent.has(item)) return
    if (error) {
      this.#refused(error)
      return
    }
    this.#sent.delete(item)
    if (this.#window < largestWindow) this.#window = Math.min(this.#window * 2, largestWindow)
    item.batch.confirmed()
    if (this.#next < this.#waiting.length) this.#pump()
  }

  #refused(error: unknown): void {
    // amqplib says this of all of them when the channel closes; `detach` follows, and knows why.
    if (error instanceof Error && error.message === "channel closed") return
    this.#window = 1
    this.#failAll(
      failed(
        "the broker refused a message: a queue is full, by a limit that an operator has set, or it was removed",
        error,
      ),
    )
  }

  /** The broker says so before it confirms the message. */
  #returned(message: Message): void {
    for (const item of this.#sent) {
      if (item.isReturned || item.message.options.messageId !== message.properties.messageId) continue
      if (item.message.routingKey !== message.fields.routingKey) continue
      item.isReturned = true
      item.batch.returned.push(item.message)
      return
    }
  }

  #failAll(error: unknown): void {
    const batches = new Set([...this.#sent, ...this.#waiting.slice(this.#next)].map(({ batch }) => batch))
    this.#sent.clear()
    this.#waiting = []
    this.#next = 0
    for (const batch of batches) batch.fail(error)
  }

  #resume(): void {
    this.#isFull = false
    this.#pump()
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (true) {
      try {
        await this.#clock.sleep(Math.min(watchIntervalMs, this.#timeoutMs), signal)
      } catch {
        return
      }
      const [oldest] = this.#sent
      if (oldest === undefined || this.#clock.now() - oldest.sentAt < this.#timeoutMs) continue
      this.#stuck(unavailable(`the broker didn't confirm within ${this.#timeoutMs} ms`))
    }
  }
}

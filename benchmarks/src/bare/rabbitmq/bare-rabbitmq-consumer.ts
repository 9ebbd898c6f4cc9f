import type { Channel, ConsumeMessage } from "amqplib"
import type { PlainRecorded } from "../plain-event.ts"

type Handle = (event: PlainRecorded) => void | Promise<void>

export interface BareRabbitmqConsumer {
  readonly unacknowledged: number
  stop(): Promise<void>
}

/** Deliveries that a consumer may have and not have acknowledged, over all queues. */
const prefetch = 1000

/** Handles deliveries as they come, in order, and acknowledges those that came together by one frame. */
export async function startConsumer(
  channel: Channel,
  queues: readonly string[],
  handle: Handle,
): Promise<BareRabbitmqConsumer> {
  const consumer = new Consumer(channel, handle)
  await channel.prefetch(Math.ceil(prefetch / queues.length))
  const tags: string[] = []
  for (const queue of queues) {
    const { consumerTag } = await channel.consume(queue, (message) => message && consumer.receive(message))
    tags.push(consumerTag)
  }
  return {
    get unacknowledged() {
      return consumer.unacknowledged
    },
    async stop() {
      for (const tag of tags) await channel.cancel(tag)
      await channel.close()
    },
  }
}

class Consumer {
  readonly #channel: Channel
  readonly #handle: Handle
  /** Received and not handled. */
  readonly #waiting: ConsumeMessage[] = []
  #isBlocked = false
  #last: ConsumeMessage | undefined
  unacknowledged = 0

  constructor(channel: Channel, handle: Handle) {
    this.#channel = channel
    this.#handle = handle
  }

  receive(message: ConsumeMessage): void {
    this.unacknowledged++
    if (this.#isBlocked) this.#waiting.push(message)
    else this.#handleNow(message)
  }

  #handleNow(message: ConsumeMessage): void {
    const handled = this.#handle(JSON.parse(message.content.toString()) as PlainRecorded)
    if (handled === undefined) this.#acknowledge(message)
    else void this.#handleLater(message, handled)
  }

  async #handleLater(message: ConsumeMessage, handled: Promise<void>): Promise<void> {
    this.#isBlocked = true
    await handled
    this.#isBlocked = false
    this.#acknowledge(message)
    while (!this.#isBlocked) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#handleNow(next)
    }
  }

  /** All before it in this channel are handled as well. */
  #acknowledge(message: ConsumeMessage): void {
    if (this.#last === undefined) setImmediate(() => this.#acknowledgeLast())
    this.#last = message
  }

  #acknowledgeLast(): void {
    this.#channel.ack(this.#last as ConsumeMessage, true)
    this.#last = undefined
    this.unacknowledged = this.#waiting.length + (this.#isBlocked ? 1 : 0)
  }
}

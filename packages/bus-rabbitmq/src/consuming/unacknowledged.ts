import type { Channel, ConsumeMessage } from "amqplib"

/** Knows what of a channel isn't acknowledged, so that one acknowledgement can stand for many. */
export class Unacknowledged {
  readonly #channel: Channel
  /** Ascending, as they came. */
  readonly #tags = new Set<number>()

  constructor(channel: Channel) {
    this.#channel = channel
  }

  get size(): number {
    return this.#tags.size
  }

  add({ fields }: ConsumeMessage): void {
    this.#tags.add(fields.deliveryTag)
  }

  /** One for all up to the first that isn't acknowledged, and one for each beyond. */
  acknowledge(deliveries: readonly { readonly message: ConsumeMessage }[]): void {
    for (const { message } of deliveries) this.#tags.delete(message.fields.deliveryTag)
    const [first = Number.POSITIVE_INFINITY] = this.#tags
    let last: ConsumeMessage | undefined
    for (const { message } of deliveries) {
      if (message.fields.deliveryTag > first) this.#channel.ack(message)
      else if (last === undefined || message.fields.deliveryTag > last.fields.deliveryTag) last = message
    }
    if (last !== undefined) this.#channel.ack(last, true)
  }

  requeue(message: ConsumeMessage): void {
    if (this.#tags.delete(message.fields.deliveryTag)) this.#channel.nack(message, false, true)
  }
}

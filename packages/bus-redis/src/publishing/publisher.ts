import type { BusMessage } from "@annals/core"
import type { Topic } from "../topic.ts"
import { PublishQueue } from "./publish-queue.ts"

/** Sends messages to their partitions, in order. */
export class Publisher {
  readonly #topic: Topic
  readonly #queues: readonly PublishQueue[]

  constructor(topic: Topic) {
    this.#topic = topic
    this.#queues = topic.domains.map(() => new PublishQueue(topic))
  }

  async publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    const [queue] = this.#queues
    if (this.#queues.length === 1 && queue !== undefined) return queue.publish(messages, signal)
    const outcomes = await Promise.allSettled(
      [...this.#byDomain(messages)].map(([domain, part]) => this.#queues[domain]?.publish(part, signal)),
    )
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
  }

  #byDomain(messages: readonly BusMessage[]): Map<number, BusMessage[]> {
    const parts = new Map<number, BusMessage[]>()
    for (const message of messages) {
      const domain = this.#topic.domainOf(this.#topic.partitionOf(message.slot))
      const part = parts.get(domain)
      if (part === undefined) parts.set(domain, [message])
      else part.push(message)
    }
    return parts
  }
}

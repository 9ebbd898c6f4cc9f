import type { BusMessage } from "@annals/core"
import type { Argument } from "../connection/redis-link.ts"
import { joinMessage } from "../entry-message.ts"
import { publishScript } from "../scripts/publish.ts"
import type { Topic } from "../topic.ts"

/** So much goes in one step: while it is under way, nobody else's command runs in Redis. */
const mostMessages = 1_000
const mostBytes = 4_000_000

interface Publication {
  readonly messages: readonly BusMessage[]
  readonly outcome: PromiseWithResolvers<void>
  /** How many of them were sent. */
  sent: number
}

/**
 * One batch is under way at a time; what comes meanwhile goes together in the next one. So calls keep their order whatever becomes of the connection, and many of
 * them cost little more than one. When a batch fails, all that waits behind it fails, too: nothing overtakes what its caller will publish again.
 */
export class PublishQueue {
  readonly #topic: Topic
  #waiting: Publication[] = []
  #isSending = false

  constructor(topic: Topic) {
    this.#topic = topic
  }

  publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    const publication: Publication = { messages, outcome: Promise.withResolvers(), sent: 0 }
    this.#waiting.push(publication)
    if (signal !== undefined) this.#heed(signal, publication)
    if (!this.#isSending) void this.#send()
    return publication.outcome.promise
  }

  #heed(signal: AbortSignal, publication: Publication): void {
    const abort = () => {
      if (publication.sent === 0) this.#waiting = this.#waiting.filter((other) => other !== publication)
      publication.outcome.reject(signal.reason)
    }
    const forget = () => signal.removeEventListener("abort", abort)
    signal.addEventListener("abort", abort)
    publication.outcome.promise.then(forget, forget)
  }

  async #send(): Promise<void> {
    this.#isSending = true
    while (this.#waiting.length > 0) {
      const sent: Publication[] = []
      const batch = new Batch(this.#topic)
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        while (next.sent < next.messages.length && !batch.isFull) {
          batch.add(next.messages[next.sent++] as BusMessage)
        }
        if (next.sent < next.messages.length) break
        sent.push(next)
        this.#waiting.shift()
      }
      try {
        await batch.send()
        for (const { outcome } of sent) outcome.resolve()
      } catch (error) {
        for (const { outcome } of [...sent, ...this.#waiting.splice(0)]) outcome.reject(error)
      }
    }
    this.#isSending = false
  }
}

/** What goes in one step. */
class Batch {
  readonly #topic: Topic
  readonly #messages: BusMessage[] = []
  #bytes = 0

  constructor(topic: Topic) {
    this.#topic = topic
  }

  get isFull(): boolean {
    return this.#messages.length >= mostMessages || this.#bytes >= mostBytes
  }

  add(message: BusMessage): void {
    this.#messages.push(message)
    this.#bytes += message.head.length + message.body.length
  }

  async send(): Promise<void> {
    const [first] = this.#messages
    if (first === undefined) return
    const { keys, link } = this.#topic
    if (!link.isReady) await link.ready()
    if (this.#messages.length > 1) return this.#sendTogether()
    const key = keys.events(this.#topic.partitionOf(first.slot))
    await link.command("xadd", [key, "*", first.eventId, joinMessage(first.head, first.body)])
  }

  async #sendTogether(): Promise<void> {
    const { keys, link } = this.#topic
    const streams: string[] = []
    const indexes = new Map<number, number>()
    const args: Argument[] = []
    for (const { slot, eventId, head, body } of this.#messages) {
      const partition = this.#topic.partitionOf(slot)
      let index = indexes.get(partition)
      if (index === undefined) {
        index = streams.push(keys.events(partition))
        indexes.set(partition, index)
      }
      args.push(index, eventId, joinMessage(head, body))
    }
    await link.script(publishScript, streams, args)
  }
}

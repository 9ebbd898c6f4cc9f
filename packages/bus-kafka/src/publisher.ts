import type { IdempotentProducer } from "./idempotent-producer.ts"
import { insist } from "./insist.ts"
import type { KafkaMessage } from "./kafka-client.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import type { Leaders } from "./leaders.ts"
import type { OutgoingMessage } from "./message.ts"

/** A call, as far as it isn't sent. */
interface Call {
  readonly topic: string
  readonly messages: readonly OutgoingMessage[]
  sent: number
  readonly done: PromiseWithResolvers<void>
}

/** What travels together. */
interface Round {
  readonly batches: Batch[]
  /** Calls of which nothing is left then. */
  readonly calls: readonly Call[]
}

interface Batch {
  readonly topic: string
  readonly partition: number
  readonly messages: KafkaMessage[]
  bytes: number
}

/** A broker counts all that is sent together to a partition as one message, and takes 1,048,588 bytes as it is installed. */
const mostBatchBytes = 900_000
const mostRoundBytes = 8_000_000

/**
 * Sends calls in the order in which they are made, those that wait together. When sending fails, the calls that wait are refused with the one that failed: were they sent,
 * later events of a stream would be there before earlier ones.
 */
export class Publisher {
  readonly #producer: IdempotentProducer
  readonly #leaders: Leaders
  readonly #settings: Pick<KafkaSettings, "clock" | "retryForMs">
  #waiting: Call[] = []
  #running: Promise<void> | undefined

  constructor(
    producer: IdempotentProducer,
    leaders: Leaders,
    settings: Pick<KafkaSettings, "clock" | "retryForMs">,
  ) {
    this.#producer = producer
    this.#leaders = leaders
    this.#settings = settings
  }

  /** Resolves when all in-sync replicas have all of them. */
  async send(topic: string, messages: readonly OutgoingMessage[], signal?: AbortSignal): Promise<void> {
    const call: Call = { topic, messages, sent: 0, done: Promise.withResolvers() }
    const giveUp = () => this.#giveUp(call, signal)
    this.#waiting.push(call)
    signal?.addEventListener("abort", giveUp)
    this.#running ??= this.#run()
    try {
      await call.done.promise
    } finally {
      signal?.removeEventListener("abort", giveUp)
    }
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  /** Only as long as none of it is sent. */
  #giveUp(call: Call, signal: AbortSignal | undefined): void {
    const index = this.#waiting.indexOf(call)
    if (index < 0 || call.sent > 0) return
    this.#waiting.splice(index, 1)
    call.done.reject(signal?.reason)
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      let round: Round | undefined
      try {
        const { clock, retryForMs } = this.#settings
        const partitions = await insist(clock, retryForMs, () => this.#partitions())
        round = this.#takeRound(partitions)
        if (round.batches.length > 0) await this.#producer.send(round.batches)
        for (const { done } of round.calls) done.resolve()
      } catch (error) {
        const refused = [...(round?.calls ?? []), ...this.#waiting]
        this.#waiting = []
        for (const { done } of refused) done.reject(error)
      }
    }
    this.#running = undefined
  }

  /** How many the topics have to which something is to be sent. */
  async #partitions(): Promise<ReadonlyMap<string, number>> {
    const topics = [...new Set(this.#waiting.map(({ topic }) => topic))]
    const leaders = await Promise.all(topics.map((topic) => this.#leaders.of(topic)))
    return new Map(topics.map((topic, index) => [topic, (leaders[index] as readonly number[]).length]))
  }

  #takeRound(partitions: ReadonlyMap<string, number>): Round {
    const batches = new Map<string, Batch>()
    let bytes = 0
    const add = ({ topic }: Call, { slot, message, bytes: size }: OutgoingMessage): boolean => {
      const partition = slot % (partitions.get(topic) as number)
      const key = `${topic} ${partition}`
      const batch = batches.get(key) ?? { topic, partition, messages: [], bytes: 0 }
      if (bytes >= mostRoundBytes || (batch.bytes > 0 && batch.bytes + size > mostBatchBytes)) return false
      batches.set(key, batch)
      batch.messages.push(message)
      batch.bytes += size
      bytes += size
      return true
    }
    let complete = 0
    for (const call of this.#waiting) {
      if (!partitions.has(call.topic) || !fill(call, add)) break
      complete++
    }
    return { batches: [...batches.values()], calls: this.#waiting.splice(0, complete) }
  }
}

/** Adds what is left of a call. Returns whether all of it was added. */
function fill(call: Call, add: (call: Call, message: OutgoingMessage) => boolean): boolean {
  while (call.sent < call.messages.length) {
    if (!add(call, call.messages[call.sent] as OutgoingMessage)) return false
    call.sent++
  }
  return true
}

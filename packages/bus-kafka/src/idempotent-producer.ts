import type { KafkaBatch, KafkaConnection, KafkaMessage, ProducerIdentity } from "./kafka-client.ts"
import { codes, hasCode, isPassing, KafkaFailure } from "./kafka-failure.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import { byLeader, type Leaders } from "./leaders.ts"
import { pause, retryDelayMs } from "./pause.ts"

/** Messages for one partition, to be sent as one. */
export interface PartitionMessages {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly KafkaMessage[]
}

/** By these the broker says that it doesn't know what this producer has sent. */
const unknownProducer = [
  codes.outOfOrderSequence,
  codes.duplicateSequence,
  codes.invalidProducerEpoch,
  codes.unknownProducer,
  49, // INVALID_PRODUCER_ID_MAPPING
]

/** Sequences count up to here, and then from 0 again. */
const sequences = 2 ** 31

/**
 * Sends one batch for each partition at a time, and again with the same sequence numbers when the answer is lost: the broker has it once. When it gives up, what it sent may
 * be there or not; the numbers can't be used again then, or something else would be taken for what was there, so it goes on as another producer.
 */
export class IdempotentProducer {
  readonly #connection: KafkaConnection
  readonly #leaders: Leaders
  readonly #settings: KafkaSettings
  #identity: ProducerIdentity | undefined
  #sequences = new Map<string, number>()

  constructor(connection: KafkaConnection, leaders: Leaders, settings: KafkaSettings) {
    this.#connection = connection
    this.#leaders = leaders
    this.#settings = settings
  }

  /** Resolves when all in-sync replicas have all of them. Not to be called before it has. */
  async send(batches: readonly PartitionMessages[]): Promise<void> {
    const { clock, retryForMs } = this.#settings
    const until = clock.now() + retryForMs
    const unsent = new Set(batches)
    for (let failures = 0; unsent.size > 0; ) {
      const failure = await this.#sendOnce(unsent)
      if (failure === undefined) continue
      this.#leaders.forget()
      const delayMs = retryDelayMs(++failures)
      if (!this.#mayRetry(failure) || clock.now() + delayMs > until) {
        this.#startAfresh()
        throw failure
      }
      await pause(clock, delayMs, never)
    }
  }

  /** Takes off what was sent. Returns a failure that can't be mended, or else any. */
  async #sendOnce(unsent: Set<PartitionMessages>): Promise<unknown> {
    try {
      this.#identity ??= await this.#connection.newProducer()
      const groups = await byLeader(this.#leaders, [...unsent])
      const sent = await Promise.all(
        Array.from(groups, ([leader, batches]) => this.#sendTo(leader, batches, unsent)),
      )
      const failures = sent.flat()
      return failures.find((each) => !isPassing(each)) ?? failures[0]
    } catch (error) {
      return error
    }
  }

  async #sendTo(
    leader: number,
    batches: readonly PartitionMessages[],
    unsent: Set<PartitionMessages>,
  ): Promise<readonly unknown[]> {
    const byPartition = new Map(batches.map((batch) => [keyOf(batch), batch]))
    const options = {
      producer: this.#identity as ProducerIdentity,
      compression: this.#settings.compression,
      timeoutMs: Math.max(1, Math.min(this.#settings.retryForMs, this.#settings.connection.requestTimeoutMs)),
    }
    const failures: unknown[] = []
    try {
      const numbered = batches.map((batch) => this.#number(batch))
      for (const answer of await this.#connection.produce(leader, numbered, options)) {
        const batch = byPartition.get(keyOf(answer))
        if (batch === undefined) continue
        if (answer.errorCode === 0) this.#sent(batch, unsent)
        else failures.push(refused(answer.topic, answer.errorCode))
      }
    } catch (error) {
      failures.push(error)
    }
    return failures
  }

  #number(batch: PartitionMessages): KafkaBatch {
    return { ...batch, firstSequence: this.#sequences.get(keyOf(batch)) ?? 0 }
  }

  #sent(batch: PartitionMessages, unsent: Set<PartitionMessages>): void {
    const key = keyOf(batch)
    this.#sequences.set(key, ((this.#sequences.get(key) ?? 0) + batch.messages.length) % sequences)
    unsent.delete(batch)
  }

  #mayRetry(failure: unknown): boolean {
    if (isPassing(failure)) return true
    if (!hasCode(failure, ...unknownProducer)) return false
    this.#startAfresh()
    return true
  }

  #startAfresh(): void {
    this.#identity = undefined
    this.#sequences = new Map()
  }
}

const never = new AbortController().signal

function keyOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic} ${partition}`
}

function refused(topic: string, code: number): KafkaFailure {
  return new KafkaFailure("protocol", `the broker answered with error ${code} for topic ${topic}`, { code })
}

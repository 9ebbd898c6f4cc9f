import type { FetchedPartition, KafkaPosition, KafkaRecord } from "./kafka-client.ts"
import type { KafkaDelivery } from "./kafka-delivery.ts"
import { readRetry } from "./message.ts"
import type { PartitionTenure } from "./partition-tenure.ts"

/** What was fetched of a partition and isn't handed over yet. */
export class Feed {
  readonly tenure: PartitionTenure
  #fetched: Fetched = none
  #next = 0
  readonly #later: Fetched[] = []
  #nextOffset: number

  constructor(tenure: PartitionTenure, offset: number) {
    this.tenure = tenure
    this.#nextOffset = offset
  }

  get topic(): string {
    return this.tenure.topic
  }

  get partition(): number {
    return this.tenure.partition
  }

  /** From where to fetch. */
  get position(): KafkaPosition {
    return { topic: this.topic, partition: this.partition, offset: this.#nextOffset }
  }

  get isEmpty(): boolean {
    return this.#next >= this.#fetched.records.length
  }

  get buffered(): number {
    return this.#later.reduce(
      (sum, { records }) => sum + records.length,
      this.#fetched.records.length - this.#next,
    )
  }

  add({ records, nextOffset }: FetchedPartition, now: number): void {
    this.#nextOffset = nextOffset
    if (records.length === 0) return
    const fetched = { records, dueBy: now + (this.tenure.delayMs ?? 0) }
    if (this.isEmpty) this.#startOn(fetched)
    else this.#later.push(fetched)
  }

  skipTo(offset: number): void {
    this.#nextOffset = offset
  }

  /** When the next one is due, in epoch milliseconds. */
  get nextDueAt(): number {
    const record = this.#fetched.records[this.#next]
    if (this.tenure.delayMs === undefined || record === undefined) return 0
    return Math.min(readRetry(record).dueAt, this.#fetched.dueBy)
  }

  /** Hands over up to so many that are due. Returns how many. */
  take(most: number, now: number, into: KafkaDelivery[]): number {
    let taken = 0
    while (taken < most && !this.isEmpty && this.nextDueAt <= now) {
      into.push(this.tenure.hand(this.#fetched.records[this.#next++] as KafkaRecord))
      taken++
      if (this.isEmpty) this.#startOn(this.#later.shift() ?? none)
    }
    return taken
  }

  #startOn(fetched: Fetched): void {
    this.#fetched = fetched
    this.#next = 0
  }
}

interface Fetched {
  readonly records: readonly KafkaRecord[]
  /** Clocks of others may be wrong: then it is due. */
  readonly dueBy: number
}

const none: Fetched = { records: [], dueBy: 0 }

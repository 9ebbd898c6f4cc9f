import type { Delivery } from "@annals/core"
import type { KafkaRecord } from "./kafka-client.ts"
import { headerNames, readRetry } from "./message.ts"
import type { PartitionTenure } from "./partition-tenure.ts"

/** A message handed to the member. */
export class KafkaDelivery implements Delivery {
  readonly tenure: PartitionTenure
  readonly record: KafkaRecord
  readonly head: string | undefined
  readonly attempts: number
  state: "handed-over" | "acknowledged" | "released" = "handed-over"

  constructor(tenure: PartitionTenure, record: KafkaRecord) {
    this.tenure = tenure
    this.record = record
    this.head = record.header(headerNames.head)?.toString()
    this.attempts = tenure.delayMs === undefined ? 0 : readRetry(record).attempts
  }

  get body(): Uint8Array {
    return this.record.value ?? nothing
  }

  get place(): string {
    const { topic, partition } = this.tenure
    return `offset ${this.record.offset} of partition ${partition} of topic ${topic}`
  }
}

const nothing = Buffer.alloc(0)

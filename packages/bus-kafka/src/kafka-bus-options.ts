import type { BusOptions } from "@annals/core"
import type { KafkaClientFactory } from "./kafka-client.ts"

/** How a Kafka bus is made. */
export interface KafkaBusOptions extends BusOptions {
  /** `host:port` of some of the brokers. */
  readonly brokers: readonly string[]
  /** The topic, and what the names of its retry and dead-letter topics begin with. Default `annals`. */
  readonly topic?: string
  /** How many partitions a topic gets that the bus creates. Default 16. */
  readonly partitions?: number
  /** Default: kafkajs. */
  readonly client?: KafkaClientFactory
}

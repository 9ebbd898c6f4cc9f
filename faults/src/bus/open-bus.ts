import { createKafkaBus } from "@annals/bus-kafka"
import { platformatic } from "@annals/bus-kafka/platformatic"
import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { createRedisBus } from "@annals/bus-redis"
import type { EventBus } from "@annals/core"

export const brokers = ["redis", "rabbitmq", "kafka"] as const

export type Broker = (typeof brokers)[number]

/** Which bus a process opens. */
export interface BusLocation {
  readonly broker: Broker
  readonly url: string
  /** Another one in each round. */
  readonly topic: string
  /** Kafka's; default: kafkajs. */
  readonly client?: "platformatic"
}

/** Few, so that consumers have to share them, and a stream's events meet others. */
const partitions = 4

/** Short, so that not much time goes by until others have what a stopped consumer holds: as short as each broker allows. */
const redisLeaseMs = 1_500
const rabbitmqHeartbeatSeconds = 1
const kafkaSessionMs = 6_000

export function openBus({ broker, url, topic, client }: BusLocation): EventBus {
  switch (broker) {
    case "redis":
      return createRedisBus({ url, topic, partitions, leaseMs: redisLeaseMs })
    case "rabbitmq":
      return createRabbitmqBus({ url, topic, partitions, heartbeatSeconds: rabbitmqHeartbeatSeconds })
    case "kafka":
      return createKafkaBus({
        brokers: [new URL(url).host],
        topic,
        partitions,
        retryPartitions: 2,
        sessionTimeoutMs: kafkaSessionMs,
        heartbeatIntervalMs: 500,
        ...(client === "platformatic" && { client: platformatic }),
      })
    default:
      return broker satisfies never
  }
}

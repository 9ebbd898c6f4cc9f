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
const kafkaSessionMs = 3_000

/** Loads nothing of the other brokers: most of a process's first moments are spent on reading sources. */
export async function openBus({ broker, url, topic, client }: BusLocation): Promise<EventBus> {
  switch (broker) {
    case "redis": {
      const { createRedisBus } = await import("@annals/bus-redis")
      return createRedisBus({ url, topic, partitions, leaseMs: redisLeaseMs })
    }
    case "rabbitmq": {
      const { createRabbitmqBus } = await import("@annals/bus-rabbitmq")
      return createRabbitmqBus({ url, topic, partitions, heartbeatSeconds: rabbitmqHeartbeatSeconds })
    }
    case "kafka": {
      const { createKafkaBus } = await import("@annals/bus-kafka")
      return createKafkaBus({
        brokers: [new URL(url).host],
        topic,
        partitions,
        retryPartitions: 2,
        sessionTimeoutMs: kafkaSessionMs,
        heartbeatIntervalMs: 300,
        ...(client === "platformatic" && {
          client: (await import("@annals/bus-kafka/platformatic")).platformatic,
        }),
      })
    }
    default:
      return broker satisfies never
  }
}

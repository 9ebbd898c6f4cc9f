import type { KafkaClientFactory } from "./kafka-client.ts"

/**
 * `@platformatic/kafka` as the client of a bus. Needs Node 22.22 or newer, or 24.6 or newer.
 *
 * @example
 * import { platformatic } from "@annals/bus-kafka/platformatic"
 * const bus = createKafkaBus({ brokers: ["127.0.0.1:9092"], client: platformatic })
 */
export const platformatic: KafkaClientFactory = { name: "platformatic" }

import { createBus, type EventBus, systemClock } from "@annals/core"
import type { KafkaBusOptions } from "./kafka-bus-options.ts"
import { KafkaDriver } from "./kafka-driver.ts"
import { resolveKafkaSettings } from "./kafka-settings.ts"

/**
 * A bus on a topic of Kafka, version 2.1 or later. Any number of processes may use it at the same time.
 *
 * Nothing is connected before the first use. That fails with `BUS_UNAVAILABLE` when no broker can be reached, with `BUS_FAILED` when they refuse; options out of range are
 * `INVALID_OPTION` at once.
 *
 * @example
 * await using bus = createKafkaBus({ brokers: ["127.0.0.1:9092"], topic: "orders" })
 */
export function createKafkaBus(options: KafkaBusOptions): EventBus {
  // Signs of life and retries go by the time of the brokers, also where backoffs go by another one.
  return createBus(new KafkaDriver(resolveKafkaSettings(options, systemClock)), options)
}

import { createKafkaBus } from "@annals/bus-kafka"
import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { createRedisBus } from "@annals/bus-redis"
import type { EventBus } from "@annals/core"
import type { BusSettings } from "./settings.ts"

/** The one place that knows which broker joins the services. */
export function openBus({ BUS, BUS_URL, BUS_TOPIC, TAKE_OVER_AFTER_MS }: BusSettings): EventBus {
  const options = { topic: BUS_TOPIC, logger: console }
  if (BUS === "rabbitmq") return createRabbitmqBus({ ...options, url: BUS_URL ?? "amqp://localhost" })
  if (BUS === "kafka") {
    const brokers = (BUS_URL ?? "localhost:9092").replace("kafka://", "").split(",")
    return createKafkaBus({ ...options, brokers, sessionTimeoutMs: TAKE_OVER_AFTER_MS })
  }
  const url = BUS_URL ?? "redis://localhost:6379"
  return createRedisBus({ ...options, url, leaseMs: TAKE_OVER_AFTER_MS })
}

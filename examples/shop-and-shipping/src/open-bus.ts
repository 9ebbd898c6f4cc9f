import type { EventBus, Observer } from "@annals/core"
import type { BusSettings } from "./settings.ts"

/** The one place that knows which broker joins the services. Only that one's package is loaded. */
export async function openBus(settings: BusSettings, observer?: Observer): Promise<EventBus> {
  const { BUS, BUS_URL, BUS_TOPIC, TAKE_OVER_AFTER_MS } = settings
  const options = { topic: BUS_TOPIC, logger: console, ...(observer && { observer }) }
  if (BUS === "rabbitmq") {
    const { createRabbitmqBus } = await import("@annals/bus-rabbitmq")
    return createRabbitmqBus({ ...options, url: BUS_URL ?? "amqp://localhost" })
  }
  if (BUS === "kafka") {
    const { createKafkaBus } = await import("@annals/bus-kafka")
    const brokers = (BUS_URL ?? "localhost:9092").replace("kafka://", "").split(",")
    return createKafkaBus({ ...options, brokers, sessionTimeoutMs: TAKE_OVER_AFTER_MS })
  }
  const { createRedisBus } = await import("@annals/bus-redis")
  return createRedisBus({
    ...options,
    url: BUS_URL ?? "redis://localhost:6379",
    leaseMs: TAKE_OVER_AFTER_MS,
  })
}

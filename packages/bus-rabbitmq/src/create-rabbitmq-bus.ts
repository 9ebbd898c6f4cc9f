import { createBus, type EventBus } from "@annals/core"
import type { RabbitmqBusOptions } from "./rabbitmq-bus-options.ts"
import { RabbitmqDriver } from "./rabbitmq-driver.ts"
import { resolveSettings } from "./settings.ts"

/**
 * A bus on RabbitMQ 3.10 or newer. Does no I/O before the first use. Throws `INVALID_OPTION`.
 *
 * @example
 * await using bus = createRabbitmqBus({ url: "amqp://guest:guest@localhost", topic: "shop" })
 */
export function createRabbitmqBus(options: RabbitmqBusOptions): EventBus {
  return createBus(new RabbitmqDriver(resolveSettings(options)), options)
}

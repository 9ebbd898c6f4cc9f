import type { EventBus } from "@annals/core"
import type { RabbitmqBusOptions } from "./rabbitmq-bus-options.ts"

/** A bus on RabbitMQ. Does no I/O before the first use. */
export function createRabbitmqBus(_options: RabbitmqBusOptions): EventBus {
  throw new Error("being built")
}

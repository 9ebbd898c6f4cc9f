import type { BusOptions } from "@annals/core"

/** How a RabbitMQ bus is made. */
export interface RabbitmqBusOptions extends BusOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://…` for TLS. */
  readonly url: string
  /** Names what exchanges and queues of the bus begin with: buses of different topics share nothing. Letters, digits, `.`, `_` and `-`. Default `annals`. */
  readonly topic?: string
  /** How many queues each group has: so many of its consumers can work side by side, in order. Fixed once the bus exists. Default 8. */
  readonly partitions?: number
}

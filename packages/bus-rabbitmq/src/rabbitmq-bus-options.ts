import type { ConnectionOptions } from "node:tls"
import type { BusOptions } from "@annals/core"

/** How a RabbitMQ bus is made. */
export interface RabbitmqBusOptions extends BusOptions {
  /**
   * `amqp://user:password@host:port/vhost`, or `amqps://…` for TLS. Several are the nodes of one cluster: the next one is tried when one can't be reached.
   * A user name, a password or a virtual host with special characters is percent-encoded.
   */
  readonly url: string | readonly string[]
  /** Trust, certificates and keys, as of `node:tls`; for `amqps://` only. Default: what Node trusts, and the server's name is checked. */
  readonly tls?: ConnectionOptions
  /** Names what exchanges and queues of the bus begin with: buses of different topics share nothing. Letters, digits, `.`, `_` and `-`, at most 100. Default `annals`. */
  readonly topic?: string
  /**
   * How many queues each group with order `"stream"` has: so many of its consumers can work side by side. The same for all handles of a topic; fixed once the
   * topic exists. 1 to 256, default 8.
   */
  readonly partitions?: number
  /** How long the broker may be silent before the connection counts as lost, about twice: whole seconds, 1 to 3,600. Default 10. */
  readonly heartbeatSeconds?: number
  /** How long making a connection may take. Default 10,000. */
  readonly connectTimeoutMs?: number
  /**
   * How long the broker may take to confirm what is published, also while it is blocked by an alarm, before `publish` rejects with `BUS_UNAVAILABLE` and the connection
   * is made anew. Default 30,000.
   */
  readonly publishTimeoutMs?: number
}

import type { BusOptions } from "@annals/core"

/** How a Redis bus is made. */
export interface RedisBusOptions extends BusOptions {
  /** `redis://user:password@host:port`, or `rediss://…` for TLS. */
  readonly url: string
  /** Names what the keys of the bus begin with: buses of different topics share nothing. Letters, digits, `.`, `_` and `-`. Default `annals`. */
  readonly topic?: string
  /** How many streams the events are shared out to: so many consumers of a group can work side by side, in order. Fixed once the bus exists. Default 16. */
  readonly partitions?: number
}

import type { Codec } from "../codecs/codec.ts"
import type { Serializer } from "../codecs/serializer.ts"
import type { Clock } from "../ports/clock.ts"
import type { Logger } from "../ports/logger.ts"
import type { Observer } from "../ports/observer.ts"

/** What every bus takes, whatever its backend. */
export interface BusOptions {
  /** Run over each payload, in this order when publishing: the same as those of a store, but for chained ones. Default: none. */
  readonly codecs?: readonly Codec[]
  /** Default `jsonSerializer`. */
  readonly serializer?: Serializer
  /** The largest event accepted, in bytes on the wire: its payload and what is said about it. Default 1,000,000, which every broker takes as it is installed. */
  readonly maxEventSize?: number
  /** Waits out backoffs. Default `systemClock`. */
  readonly clock?: Clock
  /** Where backoffs get their jitter from: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
  /** How often a consumer with `order: "stream"` looks whether parked streams are to be replayed. Costs one query of the dead letter store. Default 1,000. */
  readonly replayPollIntervalMs?: number
  /** Default: none. */
  readonly logger?: Logger
  /** Default: none, which costs nothing. */
  readonly observer?: Observer
}

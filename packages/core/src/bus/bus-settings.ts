import type { Codec } from "../codecs/codec.ts"
import type { Serializer } from "../codecs/serializer.ts"
import type { Clock } from "../ports/clock.ts"
import { checkWhole, invalidOption } from "../ports/front/check-input.ts"
import type { Logger } from "../ports/logger.ts"
import type { Observer } from "../ports/observer.ts"
import { resolveStoreOptions } from "../store/store-options.ts"
import type { BusOptions } from "./bus-options.ts"

/** A bus's options, checked and complete. */
export interface BusSettings {
  readonly codecs: readonly Codec[]
  readonly serializer: Serializer
  readonly maxEventSize: number
  readonly clock: Clock
  readonly random: () => number
  readonly replayPollIntervalMs: number
  readonly logger: Logger | undefined
  readonly observer: Observer | undefined
}

/** Throws `INVALID_OPTION`. What a bus and a store have in common is checked alike. */
export function resolveBusOptions(options: BusOptions): BusSettings {
  const { codecs, serializer, clock, logger, observer } = resolveStoreOptions({
    ...(options.codecs && { codecs: options.codecs }),
    ...(options.serializer && { serializer: options.serializer }),
    ...(options.clock && { clock: options.clock }),
    ...(options.logger && { logger: options.logger }),
    ...(options.observer && { observer: options.observer }),
  })
  const { random = Math.random } = options
  const chained = codecs.findIndex((codec) => codec.chained === true)
  if (chained >= 0) {
    throw invalidOption(`codecs[${chained}]`, "is chained, and a bus doesn't know the event before")
  }
  if (typeof random !== "function") throw invalidOption("random", "must be a function")
  return {
    codecs,
    serializer,
    maxEventSize: checkWhole(options.maxEventSize ?? 1_000_000, "maxEventSize", 1),
    clock,
    random,
    replayPollIntervalMs: checkWhole(options.replayPollIntervalMs ?? 1_000, "replayPollIntervalMs", 1),
    logger,
    observer,
  }
}

import { systemClock } from "../clock/system-clock.ts"
import type { Codec } from "../codecs/codec.ts"
import { jsonSerializer } from "../codecs/json-serializer.ts"
import type { Serializer } from "../codecs/serializer.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import { checkUuid } from "../ids/check-uuid.ts"
import { createUuidV7Generator } from "../ids/uuid-v7.ts"
import type { Clock } from "../ports/clock.ts"
import type { IdGenerator } from "../ports/id-generator.ts"
import type { Logger } from "../ports/logger.ts"
import type { Observer } from "../ports/observer.ts"
import { checkWhole } from "./check-read.ts"
import { checkStoreOptions } from "./check-store-options.ts"
import { harmlessLogger } from "./harmless-logger.ts"
import { harmlessObserver } from "./harmless-observer.ts"

/** What every store takes, whatever its backend. */
export interface StoreOptions {
  /** The types of all events in this store: unknown ones are refused when appended, and reads upcast by them. Default: any type. */
  readonly events?: EventSet
  /** What reads do with an event that is unknown or can't be read. Default `"fail"`. */
  readonly unreadable?: ReadPolicy
  /** Run over each payload, in this order when writing. Default: none. */
  readonly codecs?: readonly Codec[]
  /** Default `jsonSerializer`. */
  readonly serializer?: Serializer
  /** The longest payload accepted, in characters or bytes as stored. Default 16 MiB. */
  readonly maxEventSize?: number
  /** Default `systemClock`. */
  readonly clock?: Clock
  /** Default: UUIDv7 by the clock. */
  readonly generateId?: IdGenerator
  /** Default: none. */
  readonly logger?: Logger
  /** Default: none, which costs nothing. */
  readonly observer?: Observer
}

export interface StoreSettings {
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly codecs: readonly Codec[]
  readonly serializer: Serializer
  readonly maxEventSize: number
  readonly clock: Clock
  readonly generateId: IdGenerator
  readonly logger: Logger | undefined
  readonly observer: Observer | undefined
}

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function resolveStoreOptions(options: StoreOptions): StoreSettings {
  checkStoreOptions(options)
  const clock = options.clock ?? systemClock
  const logger = options.logger && harmlessLogger(options.logger)
  return {
    events: options.events,
    unreadable: options.unreadable ?? "fail",
    codecs: options.codecs ?? [],
    serializer: options.serializer ?? jsonSerializer,
    maxEventSize: checkWhole(options.maxEventSize, "maxEventSize", 1, 16 * 1024 * 1024),
    clock,
    generateId:
      options.generateId === undefined ? createUuidV7Generator(clock) : checkedIds(options.generateId),
    logger,
    observer: options.observer && harmlessObserver(options.observer, logger),
  }
}

/** Whatever else a foreign generator makes could be recorded by one backend, and found by none. */
function checkedIds(generateId: IdGenerator): IdGenerator {
  return () => checkUuid(generateId(), "what generateId returns")
}

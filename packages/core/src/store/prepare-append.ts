import { AnnalsError } from "../errors/annals-error.ts"
import { resolveBuiltIn } from "../events/built-in-events.ts"
import { copyData } from "../events/copy-data.ts"
import type { EventDefinition } from "../events/define-event.ts"
import type { EventMetadata, NewEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import { madeBy } from "../events/made-event.ts"
import type { Payload } from "../events/payload.ts"
import { validateData } from "../events/validate-data.ts"
import { checkUuid } from "../ids/check-uuid.ts"
import type { ExpectedVersion } from "../streams/expected-version.ts"
import { slotOf } from "../streams/slot.ts"
import { describeStream, type StreamId, type StreamKey } from "../streams/stream.ts"
import { checkName } from "../streams/validate-name.ts"
import {
  type BaseMetadata,
  baseMetadata,
  checkObject,
  copyMetadata,
  type StoredMetadata,
  storeOver,
} from "./event-metadata.ts"
import type { StoreSettings } from "./store-options.ts"
import type { NewStoredEvent, StoredPayload } from "./stored-event.ts"

/** An append after validation: what will be stored, and the data that it was made of. */
export interface PreparedAppend {
  readonly streams: readonly PreparedStream[]
  readonly recordedAt: number
  /** No event came with an id of its own. */
  readonly freshIds: boolean
}

export interface PreparedStream {
  readonly stream: StreamKey
  readonly slot: number
  readonly expected: ExpectedVersion
  readonly events: readonly NewStoredEvent[]
  /** Validated data of each event. */
  readonly data: readonly Payload[]
}

export interface GivenAppend {
  readonly stream: StreamId & { readonly events?: EventSet }
  readonly events: readonly NewEvent[]
  readonly expected?: ExpectedVersion
}

/** Validates, stamps and serialises what a caller wants to append. Throws before anything is written. */
export function prepareAppend(
  settings: StoreSettings,
  tenant: string,
  appends: readonly GivenAppend[],
  options: {
    readonly events: EventSet | undefined
    readonly metadata: readonly (EventMetadata | undefined)[]
  },
): PreparedAppend {
  const recordedAt = checkNow(settings.clock.now())
  const base = baseMetadata(options.metadata)
  const seen = new SeenOnce()
  const streams = appends.map(({ stream, events, expected = "any" }) => {
    const key = checkStream(stream, tenant)
    if (appends.length > 1) seen.stream(key)
    const preparer = new EventPreparer(settings, options.events ?? stream.events, base, recordedAt, seen)
    const data: Payload[] = []
    const stored = events.map((event, index) => {
      try {
        return preparer.prepare(event, data)
      } catch (error) {
        throw locate(
          error,
          appends.length === 1 ? `events[${index}]` : `${describeStream(key)} events[${index}]`,
        )
      }
    })
    return { stream: key, slot: slotOf(key), expected: checkExpected(expected), events: stored, data }
  })
  return { streams, recordedAt, freshIds: !seen.anyId }
}

/** Validates the form of an append, down to its lists of events. Throws `INVALID_OPTION`, `INVALID_NAME`, `NOTHING_TO_APPEND`. */
export function checkAppends(appends: readonly GivenAppend[], tenant: string): void {
  if (!Array.isArray(appends))
    throw invalidOption("appends", "must be an array of { stream, events, expected }")
  if (appends.length === 0) throw nothingToAppend("an append")
  for (const append of appends) {
    if (typeof append !== "object" || append === null)
      throw invalidOption("appends", "must hold objects { stream, events, expected }")
    const { stream, events } = append
    const key = checkStream(stream, tenant)
    if (!Array.isArray(events)) throw invalidOption("events", "must be an array of events")
    if (events.length === 0) throw nothingToAppend(`an append to ${describeStream(key)}`)
  }
}

function nothingToAppend(what: string): AnnalsError {
  return new AnnalsError("NOTHING_TO_APPEND", `${what} needs at least one event`, { path: "events" })
}

/** Returns the full identity of a stream. Throws `INVALID_NAME`. */
export function checkStream(stream: StreamId, tenant: string): StreamKey {
  return {
    tenant,
    category: checkName(stream?.category, "stream.category"),
    id: checkName(stream?.id, "stream.id"),
  }
}

function checkExpected(expected: ExpectedVersion): ExpectedVersion {
  if (expected === "any" || expected === "no-stream" || expected === "stream-exists") return expected
  if (Number.isSafeInteger(expected) && expected >= 0) return expected
  throw invalidOption(
    "expected",
    `must be "any", "no-stream", "stream-exists" or a version from 0, not ${String(expected)}`,
  )
}

class EventPreparer {
  readonly #settings: StoreSettings
  readonly #events: EventSet | undefined
  readonly #base: BaseMetadata
  readonly #now: number
  readonly #seen: SeenOnce

  constructor(
    settings: StoreSettings,
    events: EventSet | undefined,
    base: BaseMetadata,
    now: number,
    seen: SeenOnce,
  ) {
    this.#settings = settings
    this.#events = events
    this.#base = base
    this.#now = now
    this.#seen = seen
  }

  prepare(event: NewEvent, data: Payload[]): NewStoredEvent {
    if (typeof event !== "object" || event === null)
      throw invalidEvent("an event must be an object with type and data", "")
    const maker = madeBy(event)
    const definition = this.#definitionOf(event, maker)
    const valid = dataOf(event, maker, definition)
    const metadata = this.#metadataOf(event, maker)
    const stored = {
      id: this.#idOf(event),
      type: definition?.name ?? event.type,
      schemaVersion: definition?.version ?? 1,
      tags: tagsOf(event, definition, valid),
      correlationId: metadata.correlationId,
      causationId: metadata.causationId,
      metadata: metadata.metadata,
      occurredAt: event.occurredAt === undefined ? this.#now : checkTime(event.occurredAt),
      payload: this.#serialize(valid),
    }
    data.push(valid)
    return stored
  }

  /** The type by which the event is validated; every registry that applies must know it, or it couldn't be read again. */
  #definitionOf(event: NewEvent, maker: EventDefinition | undefined): EventDefinition | undefined {
    const name = maker?.name ?? checkName(event.type, "type")
    const builtIn = resolveBuiltIn(name)
    if (builtIn !== undefined) return builtIn
    const own = requireKnown(this.#events, name, "its stream takes")
    const shared = requireKnown(this.#settings.events, name, "this store was given")
    return own ?? shared ?? maker
  }

  /** Those of an event that its type made are copied and frozen already. */
  #metadataOf({ metadata }: NewEvent, maker: EventDefinition | undefined): StoredMetadata {
    if (metadata === undefined) return this.#base.stored
    return storeOver(this.#base, maker === undefined ? copyMetadata(metadata) : checkObject(metadata))
  }

  #idOf(event: NewEvent): string {
    if (event.id === undefined) return this.#settings.generateId()
    const id = checkUuid(event.id, "id")
    this.#seen.id(id)
    return id
  }

  #serialize(data: Payload): StoredPayload {
    const payload = this.#settings.serializer.serialize(data)
    const { maxEventSize } = this.#settings
    if (payload.body.length > maxEventSize) {
      const why = `data is ${payload.body.length} long as stored; at most ${maxEventSize} are accepted (option maxEventSize)`
      throw new AnnalsError("EVENT_TOO_LARGE", why, { path: "data" })
    }
    return payload
  }
}

function dataOf(
  event: NewEvent,
  maker: EventDefinition | undefined,
  definition: EventDefinition | undefined,
): Payload {
  if (maker !== undefined && (definition === undefined || maker === definition)) {
    // Frozen, but for bytes, which can't be.
    return event.data instanceof Uint8Array ? copyData(event.data) : (event.data as Payload)
  }
  return copyData(
    definition === undefined ? event.data : validateData(definition.schema, event.data, definition.name),
  )
}

function requireKnown(set: EventSet | undefined, name: string, whose: string): EventDefinition | undefined {
  if (set === undefined) return undefined
  const definition = set.resolve(name)
  if (definition !== undefined) return definition
  const known = set.names.map((known) => `"${known}"`).join(", ")
  throw new AnnalsError("UNKNOWN_EVENT_TYPE", `"${name}" is not among the events that ${whose}: ${known}`, {
    path: "type",
  })
}

const noTags: readonly string[] = Object.freeze([])

function tagsOf(event: NewEvent, definition: EventDefinition | undefined, data: Payload): readonly string[] {
  const derived = definition?.tags?.(data as never)
  for (const tags of [derived, event.tags]) {
    if (tags !== undefined && !Array.isArray(tags))
      throw invalidEvent("tags must be an array of strings", "tags")
  }
  if (event.tags === undefined) return derived === undefined ? noTags : checkTags(derived)
  return checkTags(derived === undefined ? event.tags : [...derived, ...event.tags])
}

function checkTags(given: readonly string[]): readonly string[] {
  if (given.length === 0) return noTags
  const tags = given.map((tag, index) => checkName(tag, `tags[${index}]`))
  return tags.length > 1 ? [...new Set(tags)].sort() : tags
}

/** The last millisecond that a `Date` can hold, on both sides of 1970. */
const maxTime = 8_640_000_000_000_000

function isTime(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= maxTime
}

function checkNow(now: number): number {
  if (isTime(now)) return now
  throw invalidOption("clock", `must tell whole epoch milliseconds, not ${String(now)}`)
}

function checkTime(occurredAt: number): number {
  if (isTime(occurredAt)) return occurredAt
  throw new AnnalsError("INVALID_VALUE", "occurredAt must be whole epoch milliseconds, such as Date.now()", {
    path: "occurredAt",
  })
}

/** Finds what occurs twice in one append. */
class SeenOnce {
  readonly #ids = new Set<string>()
  readonly #streams = new Set<string>()

  get anyId(): boolean {
    return this.#ids.size > 0
  }

  id(id: string): void {
    if (this.#ids.has(id)) {
      throw new AnnalsError("EVENT_ID_REUSED", `the event id ${id} occurs twice in one append`, {
        eventId: id,
        path: "id",
      })
    }
    this.#ids.add(id)
  }

  stream(stream: StreamKey): void {
    const key = JSON.stringify([stream.category, stream.id])
    if (this.#streams.has(key)) {
      throw invalidOption(
        "streams",
        `${describeStream(stream)} occurs twice in one append: put its events together`,
      )
    }
    this.#streams.add(key)
  }
}

function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

function invalidEvent(why: string, path: string): AnnalsError {
  return new AnnalsError("INVALID_EVENT", why, { path })
}

/** Says which of the events is bad. */
function locate(error: unknown, where: string): unknown {
  if (!(error instanceof AnnalsError)) return error
  const path = error.path ? `${where}.${error.path}` : where
  return new AnnalsError(error.code, `${where}: ${error.message}`, { ...error, path, cause: error })
}

import { AnnalsError } from "../errors/annals-error.ts"
import { resolveBuiltIn } from "../events/built-in-events.ts"
import type { EventDefinition } from "../events/define-event.ts"
import type { EventMetadata, RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { Payload } from "../events/payload.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import { validateData } from "../events/validate-data.ts"
import type { Position } from "../streams/position.ts"
import { describeStream, type StreamId, type StreamKey } from "../streams/stream.ts"
import { decodePayload } from "./apply-codecs.ts"
import { loadMetadata } from "./event-metadata.ts"
import type { StoreSettings } from "./store-options.ts"
import type { StoredEvent, StoredPayload } from "./stored-event.ts"

/** Turns a page of stored events into recorded ones. */
export type DecodeEvents = (events: readonly StoredEvent[]) => Promise<RecordedEvent[]>

/** What decoding needs of a store, or of a bus. */
export type DecoderTools = Pick<StoreSettings, "codecs" | "serializer">

export interface DecodeSettings {
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly validate: boolean
}

/** The reading side of the front: codecs, deserialising, upcasting, and the policy for what can't be read. */
export function createDecoder(store: DecoderTools, settings: DecodeSettings): DecodeEvents {
  const decoder = new EventDecoder(store, settings)
  return async (events) => {
    const decoded: RecordedEvent[] = []
    for (const event of events) {
      // Awaiting for every event would cost more than decoding it: only codecs are asynchronous.
      const payload = store.codecs.length === 0 ? event.payload : await decodeCodecs(store, event)
      const recorded = decoder.decode(event, payload, loadMetadata(event))
      if (recorded !== undefined) decoded.push(recorded)
    }
    return decoded
  }
}

/** Decodes one event, whose metadata are loaded already, at once where there are no codecs; `undefined`: the policy leaves it out. */
export type DecodeEvent = (
  event: StoredEvent,
  metadata: EventMetadata,
) => RecordedEvent | undefined | Promise<RecordedEvent | undefined>

export function createEventDecoder(store: DecoderTools, settings: DecodeSettings): DecodeEvent {
  const decoder = new EventDecoder(store, settings)
  if (store.codecs.length === 0) return (event, metadata) => decoder.decode(event, event.payload, metadata)
  return async (event, metadata) => decoder.decode(event, await decodeCodecs(store, event), metadata)
}

/** A failure of a codec is the event's own, and treated like any other unreadable event. */
async function decodeCodecs(store: DecoderTools, event: StoredEvent): Promise<StoredPayload | CodecFailure> {
  try {
    return await decodePayload(store.codecs, event)
  } catch (cause) {
    return new CodecFailure(cause)
  }
}

class CodecFailure {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

class EventDecoder {
  readonly #store: DecoderTools
  readonly #settings: DecodeSettings
  /** Events of one stream come in a row and share what doesn't differ. */
  #lastKey: StreamKey | undefined
  #lastStream: StreamId = { category: "", id: "" }

  constructor(store: DecoderTools, settings: DecodeSettings) {
    this.#store = store
    this.#settings = settings
  }

  decode(
    event: StoredEvent,
    payload: StoredPayload | CodecFailure,
    metadata: EventMetadata,
  ): RecordedEvent | undefined {
    const definition = this.#settings.events?.resolve(event.type) ?? resolveBuiltIn(event.type)
    let data: Payload | undefined
    try {
      data = this.#deserialize(event, payload)
      if (definition !== undefined) {
        return this.#recorded(
          event,
          definition.name,
          definition.version,
          this.#upToDate(definition, event, metadata, data),
          metadata,
        )
      }
      if (this.#settings.events !== undefined) throw unknownType(event, this.#settings.events)
    } catch (error) {
      if (!(error instanceof AnnalsError)) throw error
      if (this.#settings.unreadable === "fail") throw error
      if (this.#settings.unreadable !== "raw") return void this.#settings.unreadable(event, error)
    }
    return this.#recorded(event, event.type, event.schemaVersion, data, metadata)
  }

  #deserialize(event: StoredEvent, payload: StoredPayload | CodecFailure): Payload {
    try {
      if (payload instanceof CodecFailure) throw payload.cause
      return this.#store.serializer.deserialize(payload)
    } catch (cause) {
      throw unreadable("UNREADABLE_EVENT", event, `can't be decoded: ${messageOf(cause)}`, cause)
    }
  }

  #upToDate(
    definition: EventDefinition,
    event: StoredEvent,
    metadata: EventMetadata,
    data: Payload,
  ): unknown {
    if (event.schemaVersion === definition.version && !this.#settings.validate) return data
    if (event.schemaVersion > definition.version) {
      const why = `has schema version ${event.schemaVersion}; this program knows up to ${definition.version}: update it`
      throw unreadable("UNREADABLE_EVENT", event, why)
    }
    return upcast(definition, event, metadata, data)
  }

  #recorded(
    event: StoredEvent,
    type: string,
    schemaVersion: number,
    data: unknown,
    metadata: EventMetadata,
  ): RecordedEvent {
    if (event.stream !== this.#lastKey) {
      this.#lastKey = event.stream
      this.#lastStream = { category: event.stream.category, id: event.stream.id }
    }
    return {
      id: event.id,
      type,
      schemaVersion,
      data,
      metadata,
      tags: event.tags,
      occurredAt: event.occurredAt,
      recordedAt: event.recordedAt,
      tenant: event.stream.tenant,
      stream: this.#lastStream,
      version: event.version,
      position: event.position as Position,
    }
  }
}

/** Step by step; then the newest schema looks at the result once. */
function upcast(
  definition: EventDefinition,
  event: StoredEvent,
  metadata: EventMetadata,
  stored: Payload,
): unknown {
  const context = { metadata, tags: event.tags, occurredAt: event.occurredAt }
  let version = event.schemaVersion
  try {
    let data: unknown = stored
    for (const step of definition.upcasters.slice(version - 1)) {
      data = step.upcast(data as never, context)
      version++
    }
    return validateData(definition.schema, data, definition.name)
  } catch (cause) {
    const what =
      version === definition.version ? "is invalid" : `can't be upcast from schema version ${version}`
    const code = event.schemaVersion === definition.version ? "UNREADABLE_EVENT" : "UPCAST_FAILED"
    throw unreadable(code, event, `${what}: ${messageOf(cause)}`, cause)
  }
}

function unknownType(event: StoredEvent, events: EventSet): AnnalsError {
  const known = events.names.map((name) => `"${name}"`).join(", ")
  return unreadable(
    "UNKNOWN_EVENT_TYPE",
    event,
    `is of a type that isn't among ${known}: add it, or set option "unreadable"`,
  )
}

function unreadable(
  code: "UNREADABLE_EVENT" | "UNKNOWN_EVENT_TYPE" | "UPCAST_FAILED",
  event: StoredEvent,
  why: string,
  cause?: unknown,
): AnnalsError {
  const stream = describeStream(event.stream)
  const where = `"${event.type}" at position ${event.position} (${stream}, version ${event.version})`
  return new AnnalsError(code, `${where} ${why}`, {
    stream,
    position: event.position,
    eventId: event.id,
    cause,
  })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

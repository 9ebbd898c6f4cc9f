import type { Serializer } from "../codecs/serializer.ts"
import { copyData } from "../events/copy-data.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import { copyPayload } from "../store/copy-payload.ts"
import { createDecoder } from "../store/decode-events.ts"
import { storeMetadata } from "../store/event-metadata.ts"
import { resolveStoreOptions } from "../store/store-options.ts"
import type { StoredEvent } from "../store/stored-event.ts"

/** Turns a recorded event into the form in which it travels, sharing nothing that can change. Throws `INVALID_VALUE`. */
export function encodeBusEvent(event: RecordedEvent, serializer: Serializer): StoredEvent {
  const { id, type, schemaVersion, tags, occurredAt, recordedAt, tenant, stream, version, position } = event
  return {
    id,
    type,
    schemaVersion,
    tags: Object.freeze([...tags]),
    ...storeMetadata(event.metadata),
    occurredAt,
    payload: serializer.serialize(copyData(event.data)),
    stream: { tenant, category: stream.category, id: stream.id },
    version,
    position,
    recordedAt,
  }
}

export interface BusDecoding {
  readonly events: EventSet | undefined
  readonly unreadable: ReadPolicy
  readonly serializer: Serializer
}

/** Turns a received event into a recorded one, sharing no bytes with it; `undefined`: the policy leaves it out. */
export function createBusDecoder({ events, unreadable, serializer }: BusDecoding) {
  const decode = createDecoder(resolveStoreOptions({ serializer }), { events, unreadable, validate: false })
  return async (event: StoredEvent): Promise<RecordedEvent | undefined> =>
    (await decode([{ ...event, payload: copyPayload(event.payload) }]))[0]
}

/** Turns a dead letter into a recorded event; also one that can't be read, whose data then stay as they are stored. */
export function createBusRestorer(decoding: Omit<BusDecoding, "unreadable">) {
  const decode = createBusDecoder({ ...decoding, unreadable: "raw" })
  return async (event: StoredEvent): Promise<RecordedEvent> => (await decode(event)) as RecordedEvent
}

export type RestoreBusEvent = ReturnType<typeof createBusRestorer>

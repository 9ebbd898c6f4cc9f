import { copyData } from "../events/copy-data.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import { encodePayload } from "../store/apply-codecs.ts"
import { createEventDecoder } from "../store/decode-events.ts"
import { storeMetadata } from "../store/event-metadata.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { BusSettings } from "./bus-settings.ts"

export type BusCoding = Pick<BusSettings, "codecs" | "serializer">

/** Turns a recorded event into the form in which it travels, sharing nothing that can change; codecs are left to `applyCodecs`. Throws `INVALID_VALUE`. */
export function encodeBusEvent(event: RecordedEvent, { serializer }: BusCoding): StoredEvent {
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

/** Runs the codecs over an event's payload. */
export async function applyCodecs(event: StoredEvent, { codecs }: BusCoding): Promise<StoredEvent> {
  const { stream, payload, ...head } = event
  return { ...event, payload: await encodePayload(codecs, payload, { stream, event: head }) }
}

/** Turns a dead letter into a recorded event; also one that can't be read, whose data then stay as they are stored. */
export function createBusRestorer(coding: BusCoding, events: EventSet | undefined) {
  const decode = createEventDecoder(coding, { events, unreadable: "raw", validate: false })
  return async (event: StoredEvent): Promise<RecordedEvent> => (await decode(event)) as RecordedEvent
}

export type RestoreBusEvent = ReturnType<typeof createBusRestorer>

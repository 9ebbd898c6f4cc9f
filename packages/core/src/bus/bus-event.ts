import { AnnalsError } from "../errors/annals-error.ts"
import { copyData } from "../events/copy-data.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import { checkUuid } from "../ids/check-uuid.ts"
import { encodePayload } from "../store/apply-codecs.ts"
import { createEventDecoder } from "../store/decode-events.ts"
import { loadMetadata, storeMetadata } from "../store/event-metadata.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { checkName, checkTenant } from "../streams/validate-name.ts"
import type { BusSettings } from "./bus-settings.ts"

export type BusCoding = Pick<BusSettings, "codecs" | "serializer">

/**
 * Turns a recorded event into the form in which it travels, sharing nothing that can change; codecs are left to `applyCodecs`. Throws `INVALID_EVENT`,
 * `INVALID_NAME` or `INVALID_VALUE` for what isn't one, with the path.
 */
export function encodeBusEvent(event: RecordedEvent, { serializer }: BusCoding): StoredEvent {
  checkRecorded(event)
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

/** For callers without a compiler: a bus carries what a store has recorded, nothing that is still to be. */
function checkRecorded(event: RecordedEvent): void {
  const wrong =
    typeof event !== "object" || event === null
      ? "event"
      : (wrongNumber(event) ?? (Array.isArray(event.tags) ? undefined : "tags"))
  if (wrong !== undefined) {
    const why = `${wrong} is missing or wrong: publish events as a store returns them, or a relay sends them`
    throw new AnnalsError("INVALID_EVENT", why, { path: wrong })
  }
  checkName(event.type, "type")
  checkName(event.stream?.category, "stream.category")
  checkName(event.stream.id, "stream.id")
  checkTenant(event.tenant)
  checkUuid(event.id, "id")
}

function wrongNumber(event: RecordedEvent): string | undefined {
  const numbers = ["schemaVersion", "version", "position", "occurredAt", "recordedAt"] as const
  return numbers.find((name) => !Number.isSafeInteger(event[name]))
}

/** Runs the codecs over an event's payload. */
export async function applyCodecs(event: StoredEvent, { codecs }: BusCoding): Promise<StoredEvent> {
  const { stream, payload, ...head } = event
  return { ...event, payload: await encodePayload(codecs, payload, { stream, event: head }) }
}

/** Turns a dead letter into a recorded event; also one that can't be read, whose data then stay as they are stored. */
export function createBusRestorer(coding: BusCoding, events: EventSet | undefined) {
  const decode = createEventDecoder(coding, { events, unreadable: "raw", validate: false })
  return async (event: StoredEvent): Promise<RecordedEvent> =>
    (await decode(event, loadMetadata(event))) as RecordedEvent
}

export type RestoreBusEvent = ReturnType<typeof createBusRestorer>

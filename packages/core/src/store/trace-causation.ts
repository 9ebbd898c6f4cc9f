import type { RecordedEvent } from "../events/event.ts"
import { isUuid } from "../ids/check-uuid.ts"
import type { DecodeOptions, EventLog } from "./event-store.ts"

type Lookup = Pick<EventLog, "findEvent" | "readAll">

/** Follows causation back, from an event to the first cause that is recorded. */
export async function causesOf(
  log: Lookup,
  eventId: string,
  options?: DecodeOptions,
): Promise<RecordedEvent[]> {
  const causes: RecordedEvent[] = []
  const seen = new Set<string>() // foreign metadata may go in circles
  let event = await log.findEvent(eventId, options)
  while (event !== undefined) {
    seen.add(event.id)
    const causeId = eventCauseOf(event)
    if (causeId === undefined || seen.has(causeId)) break
    event = await log.findEvent(causeId, options)
    if (event !== undefined) causes.push(event)
  }
  return causes
}

/** The id of the event that caused this one, as events carry theirs. Not every cause is an event: a command's id may be any text. */
function eventCauseOf({ metadata }: RecordedEvent): string | undefined {
  const id = metadata.causationId?.toLowerCase()
  return id !== undefined && isUuid(id) ? id : undefined
}

/** Everything that an event set off: effects share its correlation, and come after it. */
export async function effectsOf(
  log: Lookup,
  eventId: string,
  options?: DecodeOptions,
): Promise<RecordedEvent[]> {
  const cause = await log.findEvent(eventId, options)
  if (cause === undefined) return []
  const correlationId = cause.metadata.correlationId ?? cause.id
  const caused = new Set([cause.id])
  const effects: RecordedEvent[] = []
  for await (const event of log.readAll({
    ...options,
    tenant: cause.tenant,
    correlationId,
    after: cause.position,
  })) {
    const causeId = eventCauseOf(event)
    if (causeId === undefined || !caused.has(causeId)) continue
    caused.add(event.id)
    effects.push(event)
  }
  return effects
}

import type { RecordedEvent } from "../events/event.ts"
import type { DecodeOptions, EventLog } from "./event-store.ts"

type Lookup = Pick<EventLog, "findEvent" | "readAll">

/** Follows causation back, from an event to the first cause that is recorded. */
export async function causesOf(
  log: Lookup,
  eventId: string,
  options?: DecodeOptions,
): Promise<RecordedEvent[]> {
  const causes: RecordedEvent[] = []
  const seen = new Set([eventId]) // foreign metadata may go in circles
  let event = await log.findEvent(eventId, options)
  while (event?.metadata.causationId !== undefined && !seen.has(event.metadata.causationId)) {
    seen.add(event.metadata.causationId)
    event = await findCause(log, event.metadata.causationId, options)
    if (event !== undefined) causes.push(event)
  }
  return causes
}

/** Not every cause is an event: a command's id may be any text. */
async function findCause(
  log: Lookup,
  causationId: string,
  options?: DecodeOptions,
): Promise<RecordedEvent | undefined> {
  return uuid.test(causationId) ? log.findEvent(causationId, options) : undefined
}

const uuid = /^[0-9a-f-]{36}$/i

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
    if (event.metadata.causationId === undefined || !caused.has(event.metadata.causationId)) continue
    caused.add(event.id)
    effects.push(event)
  }
  return effects
}

import { type DeadLetterFailure, type NewDeadLetter, type StreamKey, slotOf } from "@annals/core"
import type { PageEvent } from "./machine-state.ts"

/** The entry for an event that failed, or for one that only waits behind such. */
export function deadLetterOf(event: PageEvent, failure?: DeadLetterFailure): NewDeadLetter {
  const { id, type, version } = "unreadable" in event ? event.unreadable : event
  const stream = streamOf(event)
  const entry = { stream, version, position: event.position, eventId: id, type, slot: slotOf(stream) }
  return failure === undefined ? entry : { ...entry, failure }
}

export function streamOf(event: PageEvent): StreamKey {
  if ("unreadable" in event) return event.unreadable.stream
  const { tenant, stream } = event
  return { tenant, category: stream.category, id: stream.id }
}

import { discarded } from "../events/built-in-events.ts"
import type { EventLog } from "../store/event-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { StreamId } from "../streams/stream.ts"

/** The newest event of a stream, as it is stored. */
export async function lastEvent(log: EventLog, stream: StreamId): Promise<StoredEvent | undefined> {
  const backward = log.readStream(stream, { direction: "backward", limit: 1 })
  for await (const { events } of backward.undecodedPages()) return events[0]
  return undefined
}

export async function isDiscarded(log: EventLog, stream: StreamId): Promise<boolean> {
  return (await lastEvent(log, stream))?.type === discarded.type
}

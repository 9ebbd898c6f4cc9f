import { AnnalsError, describeStream, isAnnalsError, type RecordedEvent } from "@annals/core"

/**
 * Relays read with the policy `"raw"`: an event whose type they don't know goes on as it is stored, because it is known elsewhere. What can't
 * even be decoded has no data, and there is nothing to send; all events are looked at first, so that nothing goes out twice because of one of them.
 */
export function checkReadable(events: readonly RecordedEvent[]): void {
  const lost = events.find(({ data }) => data === undefined)
  if (lost === undefined) return
  const { stream, tenant, position, id } = lost
  const name = describeStream({ tenant, ...stream })
  throw new AnnalsError(
    "UNREADABLE_EVENT",
    `"${lost.type}" at position ${position} (${name}, version ${lost.version}) can't be decoded, so it can't be sent`,
    { stream: name, position, eventId: id },
  )
}

/** Trying again won't make data readable. */
export function isUnreadable(error: unknown): boolean {
  return isAnnalsError(error, "UNREADABLE_EVENT")
}

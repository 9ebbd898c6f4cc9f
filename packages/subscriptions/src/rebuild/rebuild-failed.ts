import { AnnalsError, describeStream, type StoredEvent } from "@annals/core"

/** Of a rebuild that an event ended; without an event: of one that couldn't be put in place. */
export function rebuildFailed(
  projection: string,
  event: StoredEvent | undefined,
  cause: unknown,
): AnnalsError {
  const what = event === undefined ? "put in place" : `brought past the event at position ${event.position}`
  const why = cause instanceof Error ? cause.message : String(cause)
  const where = event && {
    eventId: event.id,
    position: event.position,
    stream: describeStream(event.stream),
  }
  return new AnnalsError("SUBSCRIPTION_FAILED", `projection "${projection}" can't be ${what}: ${why}`, {
    ...where,
    cause,
  })
}

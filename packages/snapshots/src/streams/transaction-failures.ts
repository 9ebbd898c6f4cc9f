import { AnnalsError, describeStream, isAnnalsError, type StreamGrowth } from "@annals/core"

/** Said before a database is asked, or of what it answered: the transaction goes on as if nothing had been. */
const harmless: ReadonlySet<string> = new Set<AnnalsError["code"]>([
  "EVENT_TOO_LARGE",
  "INVALID_NAME",
  "INVALID_OPTION",
  "INVALID_VALUE",
  "REPLAY_BROKEN",
  "STREAM_DISCARDED",
  "STREAM_NOT_FOUND",
  "UNHANDLED_EVENT",
  "UNKNOWN_EVENT_TYPE",
  "UNREADABLE_EVENT",
  "UPCAST_FAILED",
])

/**
 * Whether a transaction can be committed after this error. Not after one of the database: many of them have given it up then, and a caller's commit of it would
 * record nothing without a word. Where events are read, all that comes without a code is of the rules that fold them.
 */
export function isHarmless(error: unknown, step: "reading" | "writing"): boolean {
  return isAnnalsError(error) ? harmless.has(error.code) : step === "reading"
}

export function appendUndone({ stream: of }: StreamGrowth, cause: unknown): AnnalsError {
  const stream = describeStream(of)
  const message = `the snapshot of ${stream} could not be kept in the transaction of its events, so that these aren't recorded either: save again, which goes without a snapshot then, see to the snapshot store, or take snapshots "after" the commit`
  const known = isAnnalsError(cause) ? cause : undefined
  return new AnnalsError(known?.code ?? "STORE_FAILED", message, {
    stream,
    cause,
    retryable: known?.retryable ?? false,
  })
}

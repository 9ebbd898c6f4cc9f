/** Every code with which Annals fails. Cause and remedy of each stand in `docs/reference/errors.md`. */
export const errorCodes = [
  // append
  "VERSION_CONFLICT",
  "CONDITION_FAILED",
  "EVENT_ID_REUSED",
  "NESTED_WRITE",
  "NOTHING_TO_APPEND",
  // values
  "INVALID_NAME",
  "INVALID_OPTION",
  "INVALID_VALUE",
  "INVALID_EVENT",
  "EVENT_TOO_LARGE",
  // event types
  "DUPLICATE_EVENT_TYPE",
  "UNKNOWN_EVENT_TYPE",
  "UNREADABLE_EVENT",
  "UPCAST_FAILED",
  // aggregates
  "STREAM_NOT_FOUND",
  "STREAM_ALREADY_EXISTS",
  "STREAM_DISCARDED",
  "COMMAND_REFUSED",
  "UNKNOWN_COMMAND",
  "UNHANDLED_EVENT",
  "REPLAY_BROKEN",
  // lifecycle and storage
  "CLOSED",
  "ABORTED",
  "NOT_MIGRATED",
  "SCHEMA_TOO_NEW",
  "NOT_A_STORE",
  "STORE_BUSY",
  "STORE_READ_ONLY",
  "STORE_FULL",
  "STORE_CORRUPT",
  "STORE_UNAVAILABLE",
  "STORE_FAILED",
  // subscriptions
  "SUBSCRIPTION_FAILED",
  "HANDLER_TIMEOUT",
  "WAIT_TIMEOUT",
  "CHECKPOINT_CONFLICT",
  "LEASE_LOST",
  "PROJECTION_SUPERSEDED",
  "REBUILD_RUNNING",
  // bus
  "BUS_UNAVAILABLE",
  "BUS_FAILED",
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

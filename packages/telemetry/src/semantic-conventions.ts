/** The version of OpenTelemetry's semantic conventions that names are taken from. */
export const semanticConventions = "1.45.0"

/** Tells backends which version the names are of. */
export const schemaUrl = `https://opentelemetry.io/schemas/${semanticConventions}`

/** The name of the tracer and of the meter. */
export const scopeName = "@annals/telemetry"

/** What stands for values that aren't told: too many, or not known. */
export const other = "_OTHER"

/** Attributes of the conventions. */
export const standard = {
  dbSystem: "db.system.name",
  dbOperation: "db.operation.name",
  dbCollection: "db.collection.name",
  messagingSystem: "messaging.system.name",
  messagingOperation: "messaging.operation.name",
  messagingOperationType: "messaging.operation.type",
  messagingDestination: "messaging.destination.name",
  messagingGroup: "messaging.consumer.group.name",
  messagingBatch: "messaging.batch.message_count",
  errorType: "error.type",
  exceptionType: "exception.type",
  exceptionMessage: "exception.message",
  exceptionStack: "exception.stacktrace",
} as const

/** Our own attributes, for what the conventions have no name for. */
export const own = {
  operation: "annals.operation",
  outcome: "annals.outcome",
  subject: "annals.subject",
  command: "annals.command",
  subscription: "annals.subscription",
  relay: "annals.relay",
  category: "annals.category",
  eventCount: "annals.event.count",
  eventTypes: "annals.event.types",
  tenant: "annals.tenant",
  streamId: "annals.stream.id",
  conflict: "annals.conflict",
  leaseChange: "annals.lease.change",
  missReason: "annals.snapshot.reason",
} as const

import type { MeterProvider, TracerProvider } from "@opentelemetry/api"

/** What telemetry tells, and to whom. */
export interface TelemetryOptions {
  /** Default: the global one, also when it is registered later. */
  readonly tracerProvider?: TracerProvider
  /** Default: the global one, also when it is registered later. */
  readonly meterProvider?: MeterProvider
  /** What is told beyond names, counts and codes. */
  readonly include?: {
    /** The tenant, as `annals.tenant`, in spans and in the metrics of subscriptions and outboxes, which are one for all tenants otherwise. Default `false`. */
    readonly tenant?: boolean
    /** The id of the stream, in spans, as `annals.stream.id`. Default `false`. */
    readonly streamId?: boolean
    /** Messages and stacks of errors, in spans, which may hold what was in an event. Default `false`: only code or class. */
    readonly errorMessage?: boolean
  }
  /** How many different values an attribute of a metric may take; the others become `_OTHER`. Default 200. */
  readonly maxAttributeValues?: number
}

import type { MeterProvider, TracerProvider } from "@opentelemetry/api"

/** What telemetry tells, and to whom. */
export interface TelemetryOptions {
  /** Default: the global one, also when it is registered later. */
  readonly tracerProvider?: TracerProvider
  /** Default: the global one, also when it is registered later. */
  readonly meterProvider?: MeterProvider
  /** What spans tell beyond names, counts and codes. Metrics never do. */
  readonly include?: {
    /** The tenant, as `annals.tenant`. Default `false`. */
    readonly tenant?: boolean
    /** The id of the stream, as `annals.stream.id`. Default `false`. */
    readonly streamId?: boolean
    /** Messages and stacks of errors, which may hold what was in an event. Default `false`: only code or class. */
    readonly errorMessage?: boolean
  }
  /** How many different values an attribute of a metric may take; the others become `_OTHER`. Default 200. */
  readonly maxAttributeValues?: number
}

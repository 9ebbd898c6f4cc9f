import { createTraceState, type SpanContext, type TraceState, trace } from "@opentelemetry/api"

/** So long a `traceparent` is looked at: versions to come may be longer than 55 characters, and metadata may hold anything. */
const maxLength = 256
const maxTraceStateLength = 512

/** Sampled, and random: the flags that are known. */
const knownFlags = 0x03

const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

/** Metadata of an event or message, or headers. */
export type Carrier = Readonly<Record<string, unknown>>

/** The W3C trace context that a carrier holds; `undefined`: none, or none that is well-formed. It may hold anything. */
export function readTraceContext({ traceparent, tracestate }: Carrier): SpanContext | undefined {
  if (typeof traceparent !== "string" || traceparent.length > maxLength) return undefined
  const [, version, traceId = "", spanId = "", flags = "", more] = pattern.exec(traceparent) ?? []
  // Version 00 ends with the flags; later ones may go on.
  if (version === undefined || version === "ff" || (version === "00" && more !== undefined)) return undefined
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & knownFlags, isRemote: true }
  if (!trace.isSpanContextValid(context)) return undefined
  const traceState = readTraceState(tracestate)
  return traceState === undefined ? context : { ...context, traceState }
}

function readTraceState(tracestate: unknown): TraceState | undefined {
  if (typeof tracestate !== "string" || tracestate === "" || tracestate.length > maxTraceStateLength)
    return undefined
  return createTraceState(tracestate)
}

/** Puts a trace context into metadata, as W3C has it, whatever propagator the application registered. */
export function writeTraceContext(context: SpanContext, metadata: Record<string, string>): void {
  if (!trace.isSpanContextValid(context)) return
  const { traceId, spanId, traceFlags, traceState } = context
  metadata.traceparent = `00-${traceId}-${spanId}-${flagsOf(traceFlags)}`
  if (traceState === undefined) return
  const state = traceState.serialize()
  if (state !== "" && state.length <= maxTraceStateLength) metadata.tracestate = state
}

function flagsOf(flags: number): string {
  if (flags === 1) return "01"
  if (flags === 0) return "00"
  return (flags & knownFlags).toString(16).padStart(2, "0")
}

import { currentMetadata } from "@annals/core"
import {
  createTraceState,
  INVALID_SPANID,
  INVALID_TRACEID,
  type SpanContext,
  type TraceState,
  trace,
} from "@opentelemetry/api"

/** So long a `traceparent` is looked at: versions to come may be longer than 55 characters, and metadata may hold anything. */
const maxLength = 256
const maxTraceStateLength = 512
const maxTraceStateMembers = 32

/** Sampled, and random: the flags that are known. */
const knownFlags = 0x03

const wellFormed = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/
const lengthOfVersion00 = 55

/** Metadata of an event or message, or headers. */
export type Carrier = Readonly<Record<string, unknown>>

/** The W3C trace context that a carrier holds, which may hold anything; `undefined`: none that is well-formed. */
export function readTraceContext({ traceparent, tracestate }: Carrier): SpanContext | undefined {
  if (typeof traceparent !== "string" || traceparent.length > maxLength) return undefined
  if (!wellFormed.test(traceparent) || !isKnownForm(traceparent)) return undefined
  const traceId = traceparent.slice(3, 35)
  const spanId = traceparent.slice(36, 52)
  if (traceId === INVALID_TRACEID || spanId === INVALID_SPANID) return undefined
  const traceFlags = Number.parseInt(traceparent.slice(53, 55), 16) & knownFlags
  const context = { traceId, spanId, traceFlags, isRemote: true }
  const traceState = readTraceState(tracestate)
  return traceState === undefined ? context : { ...context, traceState }
}

/** Version 00 ends with the flags; later ones may go on; `ff` is none. */
function isKnownForm(traceparent: string): boolean {
  if (traceparent.startsWith("00")) return traceparent.length === lengthOfVersion00
  return !traceparent.startsWith("ff")
}

function readTraceState(tracestate: unknown): TraceState | undefined {
  if (typeof tracestate !== "string" || tracestate === "" || tracestate.length > maxTraceStateLength)
    return undefined
  // Cutting it short would be allowed, too, but the API turns its order round then.
  return tracestate.split(",").length > maxTraceStateMembers ? undefined : createTraceState(tracestate)
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

/** The same for the metadata of an operation, which lie over those of the operations around it. */
export function writeOverTraceContext(context: SpanContext, metadata: Record<string, string>): void {
  writeTraceContext(context, metadata)
  // A state is of the trace whose parent it came with, and may be of another one than this.
  const isOtherState = metadata.tracestate === undefined && currentMetadata().tracestate !== undefined
  if (isOtherState && metadata.traceparent !== undefined) metadata.tracestate = ""
}

function flagsOf(flags: number): string {
  if (flags === 1) return "01"
  if (flags === 0) return "00"
  return (flags & knownFlags).toString(16).padStart(2, "0")
}

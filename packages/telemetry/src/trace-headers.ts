import { trace } from "@opentelemetry/api"
import { writeTraceContext } from "./trace-context.ts"

/**
 * The W3C trace context of the span that is active, for the headers of a message of an outbox: its relay then goes on in that trace. `{}` where none is
 * active.
 *
 * @example
 * await store.outbox.add([{ id: crypto.randomUUID(), topic: "mail", key: "alice", body: "{}", headers: traceHeaders() }])
 */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  const span = trace.getActiveSpan()
  if (span !== undefined) writeTraceContext(span.spanContext(), headers)
  return headers
}

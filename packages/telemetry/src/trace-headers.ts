import { currentMetadata } from "@annals/core"
import { trace } from "@opentelemetry/api"
import { readTraceContext, writeTraceContext } from "./trace-context.ts"

/**
 * The W3C trace context of the span that is active, for the headers of a message of an outbox: its relay then goes on in that trace. Without an SDK, that of the
 * event that is being handled, if telemetry observes it. `{}` where there is none.
 *
 * @example
 * await store.outbox.add([{ id: crypto.randomUUID(), topic: "mail", key: "alice", body: "{}", headers: traceHeaders() }])
 */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {}
  const context = trace.getActiveSpan()?.spanContext() ?? readTraceContext(currentMetadata())
  if (context !== undefined) writeTraceContext(context, headers)
  return headers
}

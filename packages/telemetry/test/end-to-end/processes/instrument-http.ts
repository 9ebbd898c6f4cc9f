// What an instrumentation of HTTP does: it steps in before the server's own listeners, and runs them in the context of a span.
import { type IncomingMessage, Server, type ServerResponse } from "node:http"
import { type Context, context, ROOT_CONTEXT, SpanKind, trace } from "@opentelemetry/api"

const traceparent = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

export function instrumentHttp(): void {
  const tracer = trace.getTracer("http")
  const emit = Server.prototype.emit
  Server.prototype.emit = function (this: Server, name: string, ...given: unknown[]): boolean {
    const original = () => Reflect.apply(emit, this, [name, ...given]) as boolean
    if (name !== "request") return original()
    const [request, response] = given as [IncomingMessage, ServerResponse]
    const from = contextOf(request)
    const span = tracer.startSpan(`${request.method} ${request.url}`, { kind: SpanKind.SERVER }, from)
    response.once("close", () => span.end())
    return context.with(trace.setSpan(from, span), original)
  }
}

function contextOf({ headers }: IncomingMessage): Context {
  const [, traceId, spanId, flags] = traceparent.exec(String(headers.traceparent)) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT
  const traceFlags = Number.parseInt(flags, 16)
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

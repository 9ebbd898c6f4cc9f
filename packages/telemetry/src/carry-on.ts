import type { Operation } from "@annals/core"
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api"
import { isCarried } from "./is-carried.ts"
import { originsOf } from "./placement.ts"
import { writeOverTraceContext } from "./trace-context.ts"

/** Where nobody makes spans, a trace that began elsewhere goes on all the same: what is recorded carries the context that it is in. */
export function carryOn(operation: Operation): void {
  if (!isCarried(operation.name)) return
  const { causes } = operation
  if (causes !== undefined) {
    const { contexts, areAll } = originsOf(causes, 2)
    const [only] = contexts
    if (only !== undefined && contexts.length === 1 && areAll) writeOverTraceContext(only, operation.metadata)
    return
  }
  const active = context.active()
  if (active === ROOT_CONTEXT) return
  const spanContext = trace.getSpanContext(active)
  if (spanContext !== undefined) writeOverTraceContext(spanContext, operation.metadata)
}

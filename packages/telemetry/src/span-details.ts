import type { Operation } from "@annals/core"
import { type Span, SpanStatusCode } from "@opentelemetry/api"
import type { Description } from "./description.ts"
import { errorTypeOf, type Outcome } from "./outcome.ts"
import { own, standard } from "./semantic-conventions.ts"
import type { TelemetryOptions } from "./telemetry-options.ts"

export type Include = NonNullable<TelemetryOptions["include"]>

const maxTypes = 20
const maxTypeLength = 200
const maxMessageLength = 1_000
const maxStackLength = 8_000

/** Tells a span what is known when its operation is over. */
export function tellDetails(
  span: Span,
  { tells }: Description,
  operation: Operation,
  include: Include,
  outcome: Outcome | undefined,
): void {
  const { eventCount, eventTypes, category, tenant, streamId } = operation
  if (eventCount !== undefined && tells.eventCount) {
    span.setAttribute(own.eventCount, eventCount)
    if (eventCount > 1 && tells.batch) span.setAttribute(standard.messagingBatch, eventCount)
  }
  if (eventTypes !== undefined && tells.eventTypes && !isRefusedAppend(operation, outcome)) {
    span.setAttribute(own.eventTypes, distinctTypes(eventTypes))
  }
  if (category !== undefined && tells.category) span.setAttribute(own.category, category)
  if (include.tenant && tenant !== undefined) span.setAttribute(own.tenant, tenant)
  if (include.streamId && streamId !== undefined) span.setAttribute(own.streamId, streamId)
}

/** What is refused for its form may have anything for a type. */
function isRefusedAppend({ name }: Operation, outcome: Outcome | undefined): boolean {
  return name === "append" && outcome?.errorType !== undefined
}

function distinctTypes(types: readonly string[]): string[] {
  const [first = ""] = types
  if (types.length === 1) return [first.slice(0, maxTypeLength)]
  const distinct = new Set<string>()
  for (const type of types) {
    if (distinct.add(type.slice(0, maxTypeLength)).size === maxTypes) break
  }
  return [...distinct]
}

/** Tells a span how its operation ended, if not well. */
export function tellOutcome(
  span: Span,
  { errorType, answer }: Outcome,
  error: unknown,
  include: Include,
): void {
  if (answer !== undefined) span.setAttribute(own.outcome, answer)
  if (errorType === undefined) return
  span.setAttribute(standard.errorType, errorType)
  if (!include.errorMessage || !(error instanceof Error)) {
    span.setStatus({ code: SpanStatusCode.ERROR })
    return
  }
  const message = textOf(() => error.message, maxMessageLength)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.addEvent("exception", {
    [standard.exceptionType]: errorTypeOf(error),
    [standard.exceptionMessage]: message,
    [standard.exceptionStack]: textOf(() => error.stack, maxStackLength),
  })
}

/** What makes a message when it is asked for may fail. */
function textOf(read: () => unknown, maxLength: number): string {
  try {
    return String(read()).slice(0, maxLength)
  } catch {
    return ""
  }
}

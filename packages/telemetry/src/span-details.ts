import type { Operation } from "@annals/core"
import { type Span, SpanStatusCode } from "@opentelemetry/api"
import { errorTypeOf, type Outcome } from "./outcome.ts"
import { other, own, standard } from "./semantic-conventions.ts"
import { type SpanVariant, spanCatalogue } from "./span-catalogue.ts"
import type { TelemetryOptions } from "./telemetry-options.ts"

export type Include = NonNullable<TelemetryOptions["include"]>

const maxTypes = 20
const maxTypeLength = 200
const maxMessageLength = 1_000
const maxStackLength = 8_000

/** Tells a span what is known when its operation is over. */
export function tellDetails(
  span: Span,
  variant: SpanVariant,
  operation: Operation,
  include: Include,
  outcome: Outcome | undefined,
): void {
  const { attributes } = spanCatalogue[variant] as { readonly attributes: readonly string[] }
  const { eventCount, eventTypes, category, tenant, streamId } = operation
  if (eventCount !== undefined) {
    if (attributes.includes(own.eventCount)) span.setAttribute(own.eventCount, eventCount)
    if (eventCount > 1 && attributes.includes(standard.messagingBatch))
      span.setAttribute(standard.messagingBatch, eventCount)
  }
  if (eventTypes !== undefined && mayTellTypes(variant, outcome) && attributes.includes(own.eventTypes)) {
    span.setAttribute(own.eventTypes, distinctTypes(eventTypes))
  }
  if (category !== undefined && attributes.includes(own.category)) span.setAttribute(own.category, category)
  if (include.tenant && tenant !== undefined) span.setAttribute(own.tenant, tenant)
  if (include.streamId && streamId !== undefined) span.setAttribute(own.streamId, streamId)
}

/** What was refused for its form may have anything for a type. */
function mayTellTypes(variant: SpanVariant, outcome: Outcome | undefined): boolean {
  return variant !== "append" || outcome?.errorType === undefined
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
  const message = String(error.message).slice(0, maxMessageLength)
  span.setStatus({ code: SpanStatusCode.ERROR, message })
  span.addEvent("exception", {
    [standard.exceptionType]: errorTypeOf(error),
    [standard.exceptionMessage]: message,
    [standard.exceptionStack]: String(error.stack).slice(0, maxStackLength),
  })
}

/** A command that nobody has defined: its name came from outside. */
export function tellUnknownCommand(span: Span, name: string): void {
  span.updateName(name)
  span.setAttribute(own.command, other)
}

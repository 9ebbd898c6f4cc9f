import type { Operation } from "@annals/core"
import { type Context, type Span, type Tracer, trace } from "@opentelemetry/api"
import type { Instruments } from "./current-instruments.ts"
import type { Description } from "./description.ts"
import { Observation, type Observing } from "./observation.ts"
import type { Outcome } from "./outcome.ts"
import { placeOf } from "./placement.ts"
import { writeOverTraceContext } from "./trace-context.ts"

/** An operation with a span, which is active in it, and whose context its events and messages carry. */
export class SpanObservation extends Observation {
  readonly context: Context
  readonly #span: Span

  /** Throws what the tracer throws. */
  constructor(
    observing: Observing,
    description: Description,
    operation: Operation,
    instruments: Instruments | undefined,
    tracer: Tracer,
  ) {
    super(observing, description, operation, instruments)
    const { spanName, spanOptions, variant } = description
    const { parent, links } = placeOf(variant, operation)
    const options = links === undefined ? spanOptions : { ...spanOptions, links }
    this.#span = tracer.startSpan(spanName, options, parent)
    this.context = trace.setSpan(parent, this.#span)
    try {
      if (description.isCarried) writeOverTraceContext(this.#span.spanContext(), operation.metadata)
    } catch (error) {
      this.#span.end() // nobody else would
      throw error
    }
  }

  protected endSpan(outcome: Outcome | undefined, error: unknown): void {
    try {
      this.tell(this.#span, outcome, error)
    } finally {
      this.#span.end()
    }
  }
}

/** An operation without a span. */
export class PlainObservation extends Observation {
  readonly context = undefined

  protected endSpan(): void {}
}

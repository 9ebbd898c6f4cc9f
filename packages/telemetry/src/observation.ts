import type { Operation } from "@annals/core"
import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api"
import type { Instruments } from "./current-instruments.ts"
import type { Description } from "./description.ts"
import { measureOperation } from "./measure-operation.ts"
import { type Outcome, outcomeOf } from "./outcome.ts"
import { type Include, tellDetails, tellOutcome } from "./span-details.ts"

/** What observations share. */
export interface Observing {
  readonly include: Include
  /** Told of what a provider, processor or context manager threw: it must not reach the operation. */
  readonly complain: (error: unknown) => void
}

/** An operation under way. Nothing here throws once it is made. */
export abstract class Observation {
  /** What the operation runs in; `undefined`: in what is active. */
  abstract readonly context: Context | undefined
  protected readonly observing: Observing
  protected readonly operation: Operation
  protected readonly instruments: Instruments | undefined
  protected readonly startedAt = performance.now()
  protected readonly description: Description

  constructor(
    observing: Observing,
    description: Description,
    operation: Operation,
    instruments: Instruments | undefined,
  ) {
    this.observing = observing
    this.description = description
    this.operation = operation
    this.instruments = instruments
  }

  succeeded(): void {
    this.#end(undefined, undefined)
  }

  failed(error: unknown): void {
    this.#end(outcomeOf(this.description.variant, error), error)
  }

  /** Makes or ends spans. May throw. */
  protected abstract endSpan(outcome: Outcome | undefined, error: unknown): void

  /** May throw. */
  protected tell(span: Span, outcome: Outcome | undefined, error: unknown): void {
    const { observing, description, operation } = this
    if (!span.isRecording()) return
    tellDetails(span, description, operation, observing.include, outcome)
    if (outcome !== undefined) tellOutcome(span, outcome, error, observing.include)
  }

  #end(outcome: Outcome | undefined, error: unknown): void {
    const seconds = (performance.now() - this.startedAt) / 1_000
    const { observing, operation, instruments } = this
    try {
      this.endSpan(outcome, error)
    } catch (thrown) {
      observing.complain(thrown)
    }
    if (instruments === undefined) return
    try {
      const { description, context: own = ROOT_CONTEXT } = this
      measureOperation(instruments, { description, operation, seconds, outcome, error, context: own })
    } catch (thrown) {
      observing.complain(thrown)
    }
  }
}

import type { Operation } from "@annals/core"
import {
  type Context,
  context,
  createContextKey,
  ROOT_CONTEXT,
  type Span,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import type { Instruments } from "./current-instruments.ts"
import type { Description } from "./description.ts"
import { Observation, type Observing } from "./observation.ts"
import type { Outcome } from "./outcome.ts"

const pageKey = createContextKey("annals page")

/** More reads than any page makes. */
const maxReads = 100

/** A moment by both clocks: what happens later is timed from it, so that all of a page is timed alike, and time doesn't go back. */
interface Anchor {
  /** Epoch milliseconds. */
  readonly epoch: number
  /** The same by the monotonic clock. */
  readonly at: number
}

/** An operation whose span is made when it is over, if at all: who polls has nothing to tell most of the time. */
abstract class LateObservation extends Observation {
  readonly anchor: Anchor
  protected readonly tracer: Tracer

  constructor(
    observing: Observing,
    description: Description,
    operation: Operation,
    instruments: Instruments | undefined,
    tracer: Tracer,
    anchor?: Anchor,
  ) {
    super(observing, description, operation, instruments)
    this.tracer = tracer
    this.anchor = anchor ?? { epoch: Date.now(), at: this.startedAt }
  }

  /** Epoch milliseconds. */
  protected now(): number {
    return this.#epochOf(performance.now())
  }

  protected startLate(parent: Context): Span {
    const { spanName, spanOptions } = this.description
    const startTime = this.#epochOf(this.startedAt)
    return this.tracer.startSpan(spanName, { ...spanOptions, startTime }, parent)
  }

  #epochOf(at: number): number {
    return this.anchor.epoch + (at - this.anchor.at)
  }
}

/** A subscription's page: has a span, and the reads in it have, if it brought events or failed. */
export class PageObservation extends LateObservation {
  readonly context: Context = ROOT_CONTEXT.setValue(pageKey, this)
  #reads: PageReadObservation[] = []
  #isOver = false
  /** That of its span, once it has one. */
  #spanContext: Context | undefined

  /** The page in which this is called. */
  static get current(): PageObservation | undefined {
    return context.active().getValue(pageKey) as PageObservation | undefined
  }

  /** A read in this page is over. */
  take(read: PageReadObservation): void {
    if (this.#spanContext !== undefined) read.makeSpan(this.#spanContext)
    else if (!this.#isOver && this.#reads.length < maxReads) this.#reads.push(read)
  }

  protected endSpan(outcome: Outcome | undefined, error: unknown): void {
    const endedAt = this.now()
    const reads = this.#reads
    this.#reads = []
    this.#isOver = true
    if (!this.operation.eventCount && outcome?.errorType === undefined) return
    const span = this.startLate(ROOT_CONTEXT)
    this.#spanContext = trace.setSpan(ROOT_CONTEXT, span)
    try {
      for (const read of reads) read.makeSpan(this.#spanContext)
      this.tell(span, outcome, error)
    } finally {
      span.end(endedAt)
    }
  }
}

/** A read in a page. */
export class PageReadObservation extends LateObservation {
  readonly context = undefined
  readonly #page: PageObservation
  #end: { readonly at: number; readonly outcome: Outcome | undefined; readonly error: unknown } | undefined

  constructor(
    page: PageObservation,
    observing: Observing,
    description: Description,
    operation: Operation,
    instruments: Instruments | undefined,
    tracer: Tracer,
  ) {
    super(observing, description, operation, instruments, tracer, page.anchor)
    this.#page = page
  }

  /** May throw. */
  makeSpan(parent: Context): void {
    if (this.#end === undefined) return
    const { at, outcome, error } = this.#end
    const span = this.startLate(parent)
    try {
      this.tell(span, outcome, error)
    } finally {
      span.end(at)
    }
  }

  protected endSpan(outcome: Outcome | undefined, error: unknown): void {
    this.#end = { at: this.now(), outcome, error }
    this.#page.take(this)
  }
}

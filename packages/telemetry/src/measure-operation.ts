import type { Operation } from "@annals/core"
import type { Context } from "@opentelemetry/api"
import type { Instruments } from "./current-instruments.ts"
import type { Description } from "./description.ts"
import type { MetricName } from "./metric-catalogue.ts"
import type { Outcome } from "./outcome.ts"
import { own } from "./semantic-conventions.ts"
import type { SpanVariant } from "./span-catalogue.ts"

/** An operation that is over. */
export interface Ended {
  readonly description: Description
  readonly operation: Operation
  readonly seconds: number
  /** `undefined`: it went well. */
  readonly outcome: Outcome | undefined
  readonly error: unknown
  /** For exemplars. */
  readonly context: Context
}

type DurationMetric = Extract<MetricName, `${string}.duration`>

/** Those that aren't here have none. */
const durations: { readonly [variant in SpanVariant]?: DurationMetric } = {
  execute: "annals.execute.duration",
  load: "annals.load.duration",
  append: "db.client.operation.duration",
  read: "db.client.operation.duration",
  snapshot: "annals.snapshot.duration",
  handle: "annals.subscription.handler.duration",
  project: "annals.subscription.handler.duration",
  relay: "annals.subscription.handler.duration",
  "outbox-relay": "annals.subscription.handler.duration",
  publish: "messaging.client.operation.duration",
  receive: "messaging.process.duration",
  retry: "messaging.process.duration",
}

/** Keeps the metrics that come of an operation. */
export function measureOperation(instruments: Instruments, ended: Ended): void {
  const { description, operation, seconds, outcome, context } = ended
  const duration = durations[description.variant]
  if (duration !== undefined) {
    instruments[duration].record(seconds, description.measured(duration).of(outcome), context)
  }
  const count = (metric: CounterMetric, value: number, how?: Outcome) =>
    instruments[metric].add(value, description.measured(metric).of(how), context)
  switch (description.variant) {
    case "append":
      measureAppend(instruments, ended)
      break
    case "read":
      if (operation.eventCount) count("annals.read.events", operation.eventCount)
      break
    case "receive":
      count("messaging.client.consumed.messages", 1)
      break
    case "page":
      count("annals.subscription.pages", 1, outcome)
  }
}

type CounterMetric = "annals.read.events" | "messaging.client.consumed.messages" | "annals.subscription.pages"

function measureAppend(
  instruments: Instruments,
  { description, operation, outcome, error, context }: Ended,
): void {
  if (outcome === undefined) {
    const appended = description.measured("annals.append.events").of(undefined)
    instruments["annals.append.events"].record(operation.eventCount ?? 0, appended, context)
  } else if (outcome.answer === "conflict") {
    const refused = description.measured("annals.append.conflicts").of(undefined)
    const conflict = isVersionConflict(error) ? "version" : "condition"
    instruments["annals.append.conflicts"].add(1, { ...refused, [own.conflict]: conflict }, context)
  }
}

function isVersionConflict(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "VERSION_CONFLICT"
}

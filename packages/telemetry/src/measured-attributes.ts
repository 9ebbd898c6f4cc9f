import type { Attributes } from "@opentelemetry/api"
import type { BoundedValues } from "./bounded-values.ts"
import { type MetricName, metricCatalogue } from "./metric-catalogue.ts"
import type { Outcome } from "./outcome.ts"
import { own, standard } from "./semantic-conventions.ts"

/** Values by attribute. */
export type Values = Readonly<Record<string, string | undefined>>

/** More different errors than this aren't kept at hand. */
const maxKept = 50

/**
 * The attributes of one metric for one kind of operation: those that the catalogue gives it, the same objects each time. Held to their bounds when they are
 * first needed.
 */
export class MeasuredAttributes {
  readonly #metric: MetricName
  readonly #values: Values
  readonly #bounds: BoundedValues
  #ok: Attributes | undefined
  #others: Map<string, Attributes> | undefined

  constructor(metric: MetricName, values: Values, bounds: BoundedValues) {
    this.#metric = metric
    this.#values = values
    this.#bounds = bounds
  }

  /** `undefined`: it went well. */
  of(outcome: Outcome | undefined): Attributes {
    if (outcome !== undefined) return this.#ofOutcome(outcome)
    this.#ok ??= heldAttributes(this.#metric, this.#values, this.#bounds)
    return this.#ok
  }

  #ofOutcome({ errorType, answer }: Outcome): Attributes {
    const key = errorType ?? `answer ${answer}`
    this.#others ??= new Map()
    const there = this.#others.get(key)
    if (there !== undefined) return there
    const values = { ...this.#values, [standard.errorType]: errorType, [own.outcome]: answer }
    const attributes = heldAttributes(this.#metric, values, this.#bounds)
    if (this.#others.size < maxKept) this.#others.set(key, attributes)
    return attributes
  }
}

/** What the catalogue gives to a metric, out of these values. */
export function heldAttributes(metric: MetricName, values: Values, bounds: BoundedValues): Attributes {
  const held: Attributes = {}
  for (const attribute of metricCatalogue[metric].attributes) {
    const value = values[attribute]
    if (value !== undefined) held[attribute] = bounds.hold(attribute, value)
  }
  return Object.freeze(held)
}

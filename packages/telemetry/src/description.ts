import type { Operation } from "@annals/core"
import { SpanKind, type SpanOptions } from "@opentelemetry/api"
import type { BoundedValues } from "./bounded-values.ts"
import { isCarried } from "./is-carried.ts"
import { MeasuredAttributes } from "./measured-attributes.ts"
import type { MetricName } from "./metric-catalogue.ts"
import { other, own, standard } from "./semantic-conventions.ts"
import { type SpanVariant, spanCatalogue } from "./span-catalogue.ts"
import { staticAttributes } from "./static-attributes.ts"

/** What all operations of one kind, system, category, subject, command and destination have in common. */
export class Description {
  readonly variant: SpanVariant
  readonly spanName: string
  readonly spanOptions: SpanOptions
  /** Whether its events or messages carry its context. */
  readonly isCarried: boolean
  /** What its spans tell besides, when it is over. */
  readonly tells: Told
  readonly #bounds: BoundedValues
  readonly #values: Readonly<Record<string, string | undefined>>
  readonly #measured = new Map<MetricName, MeasuredAttributes>()

  /** `isNamed`: whether spans may be named after what the operation is about. */
  constructor(variant: SpanVariant, operation: Operation, bounds: BoundedValues, isNamed: boolean) {
    this.variant = variant
    this.isCarried = isCarried(operation.name)
    this.tells = toldBy(spanCatalogue[variant].attributes)
    this.spanName = isNamed ? spanName(variant, operation) : verbOf(variant)
    const attributes = staticAttributes(variant, operation)
    const there = Object.entries(attributes).filter(([, value]) => value !== undefined)
    this.spanOptions = Object.freeze({
      kind: SpanKind[spanCatalogue[variant].kind],
      attributes: Object.freeze(Object.fromEntries(there)),
    })
    this.#values = { [own.subject]: operation.subject ?? operation.category, ...attributes }
    this.#bounds = bounds
  }

  /** The attributes that a metric of such operations has. */
  measured(metric: MetricName): MeasuredAttributes {
    let measured = this.#measured.get(metric)
    if (measured === undefined) {
      measured = new MeasuredAttributes(metric, this.#values, this.#bounds)
      this.#measured.set(metric, measured)
    }
    return measured
  }
}

interface Told {
  readonly eventCount: boolean
  readonly batch: boolean
  readonly eventTypes: boolean
  readonly category: boolean
}

function toldBy(attributes: readonly string[]): Told {
  return {
    eventCount: attributes.includes(own.eventCount),
    batch: attributes.includes(standard.messagingBatch),
    eventTypes: attributes.includes(own.eventTypes),
    category: attributes.includes(own.category),
  }
}

const maxNameLength = 200

/** By the catalogue's template: the first word alone where a value isn't there. */
function spanName(variant: SpanVariant, operation: Operation): string {
  const { category, subject, command = other, destination } = operation
  const values: Readonly<Record<string, string | undefined>> = { category, subject, command, destination }
  const [, target = ""] = spanCatalogue[variant].name.split(" ")
  const named = [...target.matchAll(/\{(\w+)\}/g)].map(([, value = ""]) => values[value])
  if (named.length === 0 || named.includes(undefined)) return verbOf(variant)
  return `${verbOf(variant)} ${named.join(".")}`.slice(0, maxNameLength)
}

function verbOf(variant: SpanVariant): string {
  const [verb = variant] = spanCatalogue[variant].name.split(" ")
  return verb
}

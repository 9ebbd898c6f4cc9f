import type { Operation } from "@annals/core"
import type { BoundedValues } from "./bounded-values.ts"
import { Description } from "./description.ts"
import type { SpanVariant } from "./span-catalogue.ts"

/** More than any application has; who asks for categories that users make up gets spans without them in their names. */
const maxKept = 2_000

type Level<Value> = Map<string | undefined, Value>

/** The description of each operation, made once for all that are alike. */
export class Descriptions {
  readonly #bounds: BoundedValues
  readonly #kept = new Map<SpanVariant, Level<Level<Level<Description>>>>()
  #count = 0

  constructor(bounds: BoundedValues) {
    this.#bounds = bounds
  }

  of(variant: SpanVariant, operation: Operation): Description {
    const bySubject = this.#kept.get(variant)?.get(operation.system)
    return (
      bySubject?.get(subjectOf(variant, operation))?.get(detailOf(variant, operation)) ??
      this.#describe(variant, operation)
    )
  }

  #describe(variant: SpanVariant, operation: Operation): Description {
    const isKept = this.#count < maxKept
    const description = new Description(variant, operation, this.#bounds, isKept)
    if (!isKept) return description
    const bySystem = entryOf(this.#kept, variant)
    const bySubject = entryOf(bySystem, operation.system)
    const byDetail = entryOf(bySubject, subjectOf(variant, operation))
    byDetail.set(detailOf(variant, operation), description)
    this.#count++
    return description
  }
}

/** What these operations are about. */
function subjectOf(variant: SpanVariant, { category, subject }: Operation): string | undefined {
  return variant === "append" || variant === "read" ? category : subject
}

/** What of an operation its description depends on besides: there is none that has both. */
function detailOf(variant: SpanVariant, { command, destination }: Operation): string | undefined {
  return variant === "execute" ? command : destination
}

function entryOf<Key, Value>(map: Map<Key, Map<string | undefined, Value>>, key: Key) {
  let entry = map.get(key)
  if (entry === undefined) {
    entry = new Map()
    map.set(key, entry)
  }
  return entry
}

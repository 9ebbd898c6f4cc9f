import type { ReadModelCondition, ReadModelQuery } from "@annals/core"
import { invalidOption } from "../options/invalid-option.ts"
import type { DocumentQuery } from "./document-query.ts"

type Given = Readonly<Record<string, unknown>>

/** Says a query in the words of the port, which checks the rest of it. Throws `INVALID_OPTION` with the path of what is wrong. */
export function translateQuery<Value>({
  where,
  orderBy,
  limit,
  after,
}: DocumentQuery<Value>): ReadModelQuery {
  const conditions = where === undefined ? [] : conditionsOf(where, "where")
  return {
    ...(conditions.length > 0 && { where: allOf(conditions) }),
    ...(orderBy !== undefined && { orderBy: orderOf(orderBy) }),
    ...(limit !== undefined && { limit }),
    ...(after !== undefined && { after }),
  }
}

function orderOf(orderBy: object): NonNullable<ReadModelQuery["orderBy"]> {
  return Object.entries(orderBy).map(([field, direction]) => ({ field, direction }))
}

function conditionsOf(where: unknown, path: string): readonly ReadModelCondition[] {
  return Object.entries(checkObject(where, path)).flatMap(([key, wanted]) => {
    const at = `${path}.${key}`
    switch (key) {
      case "and":
        return { and: listOf(wanted, at) }
      case "or":
        return { or: listOf(wanted, at) }
      case "not":
        return { not: conditionOf(wanted, at) }
      default:
        return comparisonsOf(key, wanted, at)
    }
  })
}

function listOf(wanted: unknown, path: string): readonly ReadModelCondition[] {
  if (!Array.isArray(wanted)) throw invalidOption(path, "must be an array of conditions")
  return wanted.map((one, index) => conditionOf(one, `${path}[${index}]`))
}

/** An empty one would match everything, where somebody meant something. */
function conditionOf(where: unknown, path: string): ReadModelCondition {
  const conditions = conditionsOf(where, path)
  if (conditions.length === 0) throw invalidOption(path, "must name a field")
  return allOf(conditions)
}

function allOf(conditions: readonly ReadModelCondition[]): ReadModelCondition {
  return conditions.length === 1 ? (conditions[0] as ReadModelCondition) : { and: conditions }
}

function comparisonsOf(field: string, wanted: unknown, path: string): readonly ReadModelCondition[] {
  // A value that is missing by mistake must not widen what is found.
  if (wanted === undefined || wanted === null)
    throw invalidOption(path, "must be a value; or ask for { missing: true }")
  if (typeof wanted !== "object") return [compare(field, "=", wanted)]
  const comparisons = Object.entries(checkObject(wanted, path))
  if (comparisons.length === 0) throw invalidOption(path, 'must have a comparison, such as { ">": 1 }')
  return comparisons.map(([is, value]) => {
    if (is !== "missing") return compare(field, is, value)
    if (typeof value !== "boolean") throw invalidOption(`${path}.missing`, "must be true or false")
    return value ? { field, is: "is-missing" } : { not: { field, is: "is-missing" } }
  })
}

/** The port checks operator and value. */
function compare(field: string, is: string, value: unknown): ReadModelCondition {
  return { field, is, value } as ReadModelCondition
}

function checkObject(value: unknown, path: string): Given {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Given
  throw invalidOption(path, "must be an object")
}

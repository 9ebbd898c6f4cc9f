import { checkName } from "../../streams/validate-name.ts"
import type { ReadModelCondition, ReadModelQuery } from "../read-model-store.ts"
import { checkEach, checkLimit, checkObject, checkSome, invalidOption } from "./check-input.ts"

type Order = NonNullable<ReadModelQuery["orderBy"]>[number]
type Comparable = string | number | boolean

const operators = ["=", "<", "<=", ">", ">="]

export function checkReadModelQuery(query: ReadModelQuery): ReadModelQuery {
  const { where, orderBy = [], limit, after } = checkObject(query, "query")
  if (after !== undefined && typeof after !== "string")
    throw invalidOption("after", "must be the `next` of a page")
  return {
    ...(where !== undefined && { where: checkCondition(where, "where") }),
    orderBy: checkEach(orderBy, "orderBy", checkOrder),
    limit: checkLimit(limit),
    ...(after !== undefined && { after }),
  }
}

function checkOrder(order: Order, path: string): Required<Order> {
  const { field, direction = "ascending" } = checkObject(order, path)
  if (direction !== "ascending" && direction !== "descending") {
    throw invalidOption(`${path}.direction`, 'must be "ascending" or "descending"')
  }
  return { field: checkField(field, `${path}.field`), direction }
}

function checkCondition(condition: ReadModelCondition, path: string): ReadModelCondition {
  checkObject(condition, path)
  if ("and" in condition) return { and: checkSome(condition.and, `${path}.and`, checkCondition) }
  if ("or" in condition) return { or: checkSome(condition.or, `${path}.or`, checkCondition) }
  if ("not" in condition) return { not: checkCondition(condition.not, `${path}.not`) }
  return checkComparison(condition, path)
}

function checkComparison(
  condition: Extract<ReadModelCondition, { readonly is: string }>,
  path: string,
): ReadModelCondition {
  const field = checkField(condition.field, `${path}.field`)
  const { is } = condition
  if (is === "is-missing") return { field, is }
  if (is === "in") return { field, is, value: checkSome(condition.value, `${path}.value`, checkComparable) }
  if (operators.includes(is)) return { field, is, value: checkComparable(condition.value, `${path}.value`) }
  throw invalidOption(`${path}.is`, `must be one of ${[...operators, "in", "is-missing"].join(", ")}`)
}

function checkComparable(value: Comparable, path: string): Comparable {
  const fits = typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)
  if (!fits) throw invalidOption(path, "must be a string, a finite number or a boolean")
  return value
}

function checkField(field: string, path: string): string {
  if (checkName(field, path).split(".").includes("")) throw invalidOption(path, "must be keys joined by dots")
  return field
}

import type { SQLInputValue } from "node:sqlite"
import {
  AnnalsError,
  type JsonValue,
  type ReadModelCondition,
  type ReadModelQuery,
  type ReadModelRow,
} from "@annals/core"
import { findRows } from "../statements/read-models.ts"

type Order = NonNullable<ReadModelQuery["orderBy"]>
type Comparison = Extract<ReadModelCondition, { readonly is: string }>
type Comparable = string | number | boolean

/** Values of different types are in this order; only values of one type are compared with each other. */
const ranks = { null: 0, boolean: 1, number: 2, string: 3, object: 4 } as const

/** Collects parameters: what a caller gives never becomes a part of the SQL. */
class Params {
  readonly values: SQLInputValue[] = []

  add(value: SQLInputValue): string {
    this.values.push(value)
    return `?${this.values.length + ownParams}`
  }
}

/** Tenant, model and limit come first. */
const ownParams = 3

/** The statement for a page of a model, with its parameters after tenant, model and limit. */
export function findPage({ where, orderBy = [], after }: ReadModelQuery): {
  readonly sql: string
  readonly params: readonly SQLInputValue[]
} {
  const params = new Params()
  const fields = orderBy.map(({ field, direction }) => ({
    ...fieldSql(params, field),
    descending: direction === "descending",
  }))
  const conditions: string[] = []
  if (where !== undefined) conditions.push(conditionSql(params, where))
  if (after !== undefined) conditions.push(afterSql(params, fields, parseCursor(after, orderBy)))
  const order = fields.flatMap(({ rank, sortValue, descending }) =>
    [rank, sortValue].map((sql) => (descending ? `${sql} DESC` : sql)),
  )
  return { sql: findRows(conditions, order), params: params.values }
}

/** Where a page ended: the values it is ordered by, and the id. */
export function cursorAt({ id, value }: ReadModelRow, orderBy: Order): string {
  const values = orderBy.map(({ field }) => {
    const found = fieldOf(value, field)
    return typeof found === "object" && found !== null ? {} : found
  })
  return JSON.stringify({ values, id })
}

interface FieldSql {
  readonly rank: string
  /** Text, number, or 0 and 1 for a boolean. */
  readonly value: string
  /** The same, but nothing for arrays and objects, which are all alike. */
  readonly sortValue: string
}

function fieldSql(params: Params, field: string): FieldSql {
  const path = params.add(
    `$${field
      .split(".")
      .map((key) => `.${JSON.stringify(key)}`)
      .join("")}`,
  )
  const type = `json_type(value, ${path})`
  const value = `json_extract(value, ${path})`
  return {
    rank: `CASE ${type} WHEN 'true' THEN 1 WHEN 'false' THEN 1 WHEN 'integer' THEN 2 WHEN 'real' THEN 2
      WHEN 'text' THEN 3 WHEN 'array' THEN 4 WHEN 'object' THEN 4 ELSE 0 END`,
    value,
    sortValue: `CASE WHEN ${type} IN ('array', 'object') THEN NULL ELSE ${value} END`,
  }
}

/** Always true or false, never NULL, so that NOT means what it says. */
function conditionSql(params: Params, condition: ReadModelCondition): string {
  if ("and" in condition) return `(${condition.and.map((part) => conditionSql(params, part)).join(" AND ")})`
  if ("or" in condition) return `(${condition.or.map((part) => conditionSql(params, part)).join(" OR ")})`
  if ("not" in condition) return `(NOT ${conditionSql(params, condition.not)})`
  return comparisonSql(params, condition)
}

function comparisonSql(params: Params, condition: Comparison): string {
  const { rank, value } = fieldSql(params, condition.field)
  if (condition.is === "is-missing") return `(${rank} = ${ranks.null})`
  if (condition.is === "in") {
    const types = Map.groupBy(condition.value, rankOf)
    const alternatives = [...types].map(
      ([type, values]) =>
        `(${rank} = ${type} AND ${value} IN (SELECT value FROM json_each(${params.add(JSON.stringify(values))})))`,
    )
    return `(${alternatives.join(" OR ")})`
  }
  const given = params.add(bindable(condition.value))
  return `(${rank} = ${rankOf(condition.value)} AND ${value} ${operators[condition.is]} ${given})`
}

const operators = { "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const

/** What comes after a row in the order: greater in the first field, or the same there and greater in the next. */
function afterSql(
  params: Params,
  fields: readonly (FieldSql & { readonly descending: boolean })[],
  cursor: Cursor,
): string {
  let sql = `id > ${params.add(cursor.id)}`
  for (const [index, { rank, sortValue, descending }] of [...fields.entries()].reverse()) {
    const at = cursor.values[index] ?? null
    const atRank = rankOf(at)
    const atValue = params.add(atRank === ranks.object ? null : bindable(at as Comparable | null))
    const than = descending ? "<" : ">"
    sql = `(${rank} ${than} ${atRank} OR (${rank} = ${atRank}
      AND (${sortValue} ${than} ${atValue} OR (${sortValue} IS ${atValue} AND ${sql}))))`
  }
  return sql
}

function bindable(value: Comparable | null): SQLInputValue {
  return typeof value === "boolean" ? Number(value) : value
}

function rankOf(value: JsonValue): number {
  return value === null ? ranks.null : ranks[typeof value as keyof typeof ranks]
}

/** The value at a path of keys; `null` where there is none. */
function fieldOf(value: JsonValue, path: string): JsonValue {
  let found: JsonValue = value
  for (const key of path.split(".")) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || !Object.hasOwn(found, key))
      return null
    found = (found as { readonly [key: string]: JsonValue })[key] as JsonValue
  }
  return found
}

interface Cursor {
  readonly values: readonly JsonValue[]
  readonly id: string
}

function parseCursor(text: string, orderBy: Order): Cursor {
  const cursor = parseJson(text) as Partial<Cursor> | null | undefined
  if (
    typeof cursor?.id === "string" &&
    Array.isArray(cursor.values) &&
    cursor.values.length === orderBy.length
  ) {
    return { id: cursor.id, values: cursor.values }
  }
  throw new AnnalsError("INVALID_OPTION", "after isn't the `next` of a page of this query", { path: "after" })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import {
  AnnalsError,
  type JsonValue,
  type ReadModelCondition,
  type ReadModelQuery,
  type ReadModelRow,
} from "@annals/core"
import type { SqlValue } from "../sql/sql-runner.ts"
import type { Statement } from "../sql/statement.ts"
import { type FieldColumns, fieldColumns, findRows } from "../statements/read-models.ts"
import { sortableText } from "./searchable-json.ts"

type Order = NonNullable<ReadModelQuery["orderBy"]>
type Comparison = Extract<ReadModelCondition, { readonly is: string }>
type Comparable = string | number | boolean

/** Values of different kinds are in this order; only numbers and texts are in an order of their own. */
const ranks = { missing: 0, false: 1, true: 2, number: 3, text: 4, object: 5 } as const

/** Collects parameters and fields: what a caller gives never becomes a part of the SQL. */
class Parts {
  readonly values: SqlValue[] = []
  readonly paths: string[] = []
  readonly #fields = new Map<string, FieldColumns>()

  add(value: SqlValue, type: string): string {
    this.values.push(value)
    return `$${this.values.length + ownParams}::${type}`
  }

  field(field: string): FieldColumns {
    const known = this.#fields.get(field)
    if (known !== undefined) return known
    const columns = fieldColumns(this.paths.length)
    this.paths.push(this.add(field.split(".").map(sortableText), "text[]"))
    this.#fields.set(field, columns)
    return columns
  }
}

/** Tenant, model and limit come first. */
const ownParams = 3

/** The statement for a page of a model, with its parameters after tenant, model and limit. */
export function findPage({ where, orderBy = [], after }: ReadModelQuery): {
  readonly statement: Statement
  readonly values: readonly SqlValue[]
} {
  const parts = new Parts()
  const fields = orderBy.map(({ field, direction }) => ({
    ...parts.field(field),
    descending: direction === "descending",
  }))
  const conditions: string[] = []
  if (where !== undefined) conditions.push(conditionSql(parts, where))
  if (after !== undefined) conditions.push(afterSql(parts, fields, parseCursor(after, orderBy)))
  const order = fields.flatMap(({ rank, number, text, descending }) =>
    [rank, number, text].map((sql) => (descending ? `${sql} DESC` : sql)),
  )
  return { statement: findRows(parts.paths, conditions, order), values: parts.values }
}

/** Where a page ended: the values it is ordered by, and the id. */
export function cursorAt({ id, value }: ReadModelRow, orderBy: Order): string {
  const values = orderBy.map(({ field }) => {
    const found = fieldOf(value, field)
    return typeof found === "object" && found !== null ? {} : found
  })
  return JSON.stringify({ values, id })
}

/** Always true or false, never NULL, so that NOT means what it says. */
function conditionSql(parts: Parts, condition: ReadModelCondition): string {
  if ("and" in condition) return `(${condition.and.map((part) => conditionSql(parts, part)).join(" AND ")})`
  if ("or" in condition) return `(${condition.or.map((part) => conditionSql(parts, part)).join(" OR ")})`
  if ("not" in condition) return `(NOT ${conditionSql(parts, condition.not)})`
  return comparisonSql(parts, condition)
}

function comparisonSql(parts: Parts, condition: Comparison): string {
  const columns = parts.field(condition.field)
  if (condition.is === "is-missing") return `(${columns.rank} = ${ranks.missing})`
  if (condition.is === "in") return oneOfSql(parts, columns, condition.value)
  const { is, value } = condition
  if (typeof value === "boolean") {
    const isBoolean = `${columns.rank} BETWEEN ${ranks.false} AND ${ranks.true}`
    return `(${isBoolean} AND ${columns.rank} ${operators[is]} ${rankOf(value)})`
  }
  const [column, given] = comparedWith(parts, columns, value)
  return `coalesce(${column} ${operators[is]} ${given}, false)`
}

const operators = { "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" } as const

function oneOfSql(parts: Parts, { rank, number, text }: FieldColumns, values: readonly Comparable[]): string {
  const texts = values.filter((value) => typeof value === "string").map(sortableText)
  const numbers = values.filter((value) => typeof value === "number")
  const booleans = values.filter((value) => typeof value === "boolean").map(rankOf)
  const alternatives = [
    texts.length > 0 && `coalesce(${text} = ANY (${parts.add(texts, "text[]")}), false)`,
    numbers.length > 0 && `coalesce(${number} = ANY (${parts.add(numbers, "numeric[]")}), false)`,
    booleans.length > 0 && `${rank} = ANY (${parts.add(booleans, "integer[]")})`,
  ]
  return `(${alternatives.filter((sql) => sql !== false).join(" OR ")})`
}

/** The column that holds values of this type, and the given one as a parameter. */
function comparedWith(
  parts: Parts,
  { number, text }: FieldColumns,
  value: string | number,
): readonly [column: string, given: string] {
  if (typeof value === "number") return [number, parts.add(value, "numeric")]
  return [text, parts.add(sortableText(value), "text")]
}

/** What comes after a row in the order: greater in the first field, or the same there and greater in the next. */
function afterSql(
  parts: Parts,
  fields: readonly (FieldColumns & { readonly descending: boolean })[],
  cursor: Cursor,
): string {
  const id = parts.add(cursor.id, "text")
  let sql = fields.length > 0 ? `r.id > ${id}` : `r.id_start >= left(${id}, 600) AND r.id > ${id}`
  for (const [index, { descending, ...columns }] of [...fields.entries()].reverse()) {
    const at = cursor.values[index] ?? null
    const than = descending ? "<" : ">"
    if (typeof at === "string" || typeof at === "number") {
      const [column, given] = comparedWith(parts, columns, at)
      sql = `(${column} ${than} ${given} OR (${column} = ${given} AND ${sql}))`
    }
    sql = `(${columns.rank} ${than} ${rankOf(at)} OR (${columns.rank} = ${rankOf(at)} AND ${sql}))`
  }
  return sql
}

function rankOf(value: JsonValue): number {
  switch (typeof value) {
    case "boolean":
      return value ? ranks.true : ranks.false
    case "number":
      return ranks.number
    case "string":
      return ranks.text
    default:
      return value === null ? ranks.missing : ranks.object
  }
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
    cursor.id.isWellFormed() &&
    !cursor.id.includes("\0") &&
    Array.isArray(cursor.values) &&
    cursor.values.length === orderBy.length &&
    cursor.values.every((value) => typeof value !== "number" || Number.isFinite(value))
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

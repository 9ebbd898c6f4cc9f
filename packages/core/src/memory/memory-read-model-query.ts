import { AnnalsError } from "../errors/annals-error.ts"
import type { JsonValue } from "../events/payload.ts"
import type {
  ReadModelCondition,
  ReadModelPage,
  ReadModelQuery,
  ReadModelRow,
} from "../ports/read-model-store.ts"
import { compareText } from "../streams/compare-text.ts"

type Order = NonNullable<ReadModelQuery["orderBy"]>

/** What rows are ordered by, and what a cursor holds: the value of each field of the order, and the id. */
interface SortKey {
  readonly values: readonly JsonValue[]
  readonly id: string
}

/** Filters, orders and cuts a page out of a model's rows. */
export function findRows(rows: readonly ReadModelRow[], query: ReadModelQuery): ReadModelPage {
  const { where, orderBy = [], limit = Number.MAX_SAFE_INTEGER, after } = query
  const start = after === undefined ? undefined : parseCursor(after, orderBy)
  const found = rows
    .filter((row) => where === undefined || matches(where, row.value))
    .map((row) => ({ row, key: sortKey(row, orderBy) }))
    .filter(({ key }) => start === undefined || compareKeys(key, start, orderBy) > 0)
    .sort((left, right) => compareKeys(left.key, right.key, orderBy))
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const next = found.length > page.length && last !== undefined ? JSON.stringify(last.key) : undefined
  return { rows: page.map(({ row }) => row), next }
}

function matches(condition: ReadModelCondition, value: JsonValue): boolean {
  if ("and" in condition) return condition.and.every((part) => matches(part, value))
  if ("or" in condition) return condition.or.some((part) => matches(part, value))
  if ("not" in condition) return !matches(condition.not, value)
  const field = fieldOf(value, condition.field)
  switch (condition.is) {
    case "is-missing":
      return field === null
    case "in":
      return condition.value.some((wanted) => wanted === field)
    default:
      return (
        typeof field === typeof condition.value &&
        compares(condition.is, compareValues(field, condition.value))
      )
  }
}

function compares(operator: "=" | "<" | "<=" | ">" | ">=", difference: number): boolean {
  switch (operator) {
    case "=":
      return difference === 0
    case "<":
      return difference < 0
    case "<=":
      return difference <= 0
    case ">":
      return difference > 0
    case ">=":
      return difference >= 0
  }
}

/** The value at a path of keys; `null` where there is none. */
function fieldOf(value: JsonValue, path: string): JsonValue {
  let found: JsonValue | undefined = value
  for (const key of path.split(".")) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || !Object.hasOwn(found, key))
      return null
    found = (found as { readonly [key: string]: JsonValue })[key]
  }
  return found ?? null
}

/** Arrays and objects are all alike, so the key holds an empty one for them. */
function sortKey({ id, value }: ReadModelRow, orderBy: Order): SortKey {
  const values = orderBy.map(({ field }) => fieldOf(value, field))
  return { values: values.map((found) => (rankOf(found) === ranks.object ? {} : found)), id }
}

function compareKeys(left: SortKey, right: SortKey, orderBy: Order): number {
  for (const [index, { direction }] of orderBy.entries()) {
    const difference = compareValues(left.values[index] ?? null, right.values[index] ?? null)
    if (difference !== 0) return direction === "descending" ? -difference : difference
  }
  return compareText(left.id, right.id)
}

function compareValues(left: JsonValue, right: JsonValue): number {
  if (rankOf(left) !== rankOf(right)) return rankOf(left) - rankOf(right)
  if (typeof left === "string" && typeof right === "string") return compareText(left, right)
  return rankOf(left) === ranks.object ? 0 : Number(left) - Number(right)
}

const ranks = { boolean: 1, number: 2, string: 3, object: 4 }

function rankOf(value: JsonValue): number {
  return value === null ? 0 : ranks[typeof value as keyof typeof ranks]
}

function parseCursor(cursor: string, orderBy: Order): SortKey {
  const key = parseJson(cursor) as Partial<SortKey> | null | undefined
  if (typeof key?.id !== "string" || !Array.isArray(key.values) || key.values.length !== orderBy.length) {
    throw new AnnalsError("INVALID_OPTION", "after isn't the `next` of a page of this query", {
      path: "after",
    })
  }
  return { id: key.id, values: key.values }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

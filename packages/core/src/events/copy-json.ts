import { AnnalsError } from "../errors/annals-error.ts"
import type { JsonValue } from "./payload.ts"

/** JSON.parse and JSON.stringify recurse; deeper values would end in a stack overflow in somebody's process. */
const maxDepth = 500

/**
 * Copies a value that JSON carries exactly, and freezes the copy. Throws `INVALID_VALUE` with the path of what would be
 * lost or changed: `undefined`, NaN, -0, dates, maps, bigints, functions, symbols, class instances, holes, cycles.
 *
 * One walk does all three, because it runs for every event appended: benchmark `sqlite/append-bulk`.
 */
export function copyJson(value: unknown, path: string): JsonValue {
  try {
    return copyValue(value, 0)
  } catch (error) {
    if (error instanceof Refused) throw error.toAnnalsError(path)
    throw error
  }
}

function copyValue(value: unknown, depth: number): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      return checkNumber(value)
    case "object":
      if (value === null) return null
      if (depth === maxDepth)
        throw new Refused(`it is nested more than ${maxDepth} levels deep, or contains itself`)
      return Array.isArray(value) ? copyArray(value, depth) : copyObject(value, depth)
    default:
      throw new Refused(whyNot[typeof value as keyof typeof whyNot] ?? `a ${typeof value} can't be stored`)
  }
}

const whyNot = {
  undefined: "undefined can't be stored: leave the key out, or use null",
  bigint: "a bigint can't be stored: use a string",
  function: "a function can't be stored",
  symbol: "a symbol can't be stored",
}

function checkNumber(value: number): number {
  if (Number.isFinite(value) && !(value === 0 && Object.is(value, -0))) return value
  throw new Refused(`${Object.is(value, -0) ? "-0" : value} can't be stored exactly`)
}

function copyArray(value: readonly unknown[], depth: number): JsonValue {
  const copy: JsonValue[] = []
  for (let index = 0; index < value.length; index++) {
    try {
      copy.push(copyValue(value[index], depth + 1))
    } catch (error) {
      throw error instanceof Refused ? error.inside(index) : error
    }
  }
  if (Object.keys(value).length !== value.length)
    throw new Refused("an array with keys of its own can't be stored")
  return Object.freeze(copy)
}

function copyObject(value: object, depth: number): JsonValue {
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new Refused(describeInstance(value))
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new Refused("an object with symbol keys can't be stored")
  // A spread is much faster than adding key after key, and makes an own "__proto__" a key like any other.
  const copy: Record<string, JsonValue> = { ...(value as Record<string, JsonValue>) }
  for (const key of Object.keys(copy)) {
    const part = copy[key]
    try {
      const copied = copyValue(part, depth + 1)
      if (copied !== part) copy[key] = copied
    } catch (error) {
      throw error instanceof Refused ? error.inside(key) : error
    }
  }
  return Object.freeze(copy)
}

function describeInstance(value: object): string {
  const name = value.constructor?.name || "an object with a prototype"
  const remedy =
    value instanceof Date ? ": use epoch milliseconds or a string" : ": use plain objects and arrays"
  return `${name} can't be stored exactly${remedy}`
}

/** Gathers its path on the way out, so that the way in costs nothing. */
class Refused extends Error {
  readonly #why: string
  #path = ""

  constructor(why: string) {
    super(why)
    this.#why = why
  }

  inside(key: string | number): this {
    const step =
      typeof key === "number"
        ? `[${key}]`
        : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)
          ? `.${key}`
          : `[${JSON.stringify(key)}]`
    this.#path = step + this.#path
    return this
  }

  toAnnalsError(root: string): AnnalsError {
    const path = root + this.#path
    return new AnnalsError("INVALID_VALUE", `${path}: ${this.#why}`, { path })
  }
}

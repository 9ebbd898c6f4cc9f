import { AnnalsError, type JsonValue } from "@annals/core"

/** JSON.parse and JSON.stringify recurse; deeper values would end in a stack overflow in somebody's process. */
const maxDepth = 500

/** How strictly a state is looked at. */
export interface CopyOptions {
  /** Events change objects of the state: one that is in it twice would be two after it is restored, of which only one changes. */
  readonly changing: boolean
}

/**
 * A copy of a value that JSON carries exactly, without the properties that are `undefined`. Throws `INVALID_VALUE` with the path of anything else: a restored
 * state would be another one.
 */
export function copyExactly(value: unknown, path: string, { changing }: CopyOptions): JsonValue {
  try {
    return new Copying(changing).copy(value, 0)
  } catch (error) {
    if (error instanceof Refused) throw error.toAnnalsError(path)
    throw error
  }
}

class Copying {
  readonly #seen: Set<object> | undefined

  constructor(changing: boolean) {
    this.#seen = changing ? new Set() : undefined
  }

  copy(value: unknown, depth: number): JsonValue {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value
      case "number":
        if (Number.isFinite(value) && !Object.is(value, -0)) return value
        throw new Refused(`${Object.is(value, -0) ? "-0" : value} can't be kept exactly`)
      case "object":
        return value === null ? null : this.#copyObject(value, depth)
      default:
        throw new Refused(`${value === undefined ? "undefined" : `a ${typeof value}`} can't be kept`)
    }
  }

  #copyObject(value: object, depth: number): JsonValue {
    if (depth === maxDepth)
      throw new Refused(`it is nested more than ${maxDepth} levels deep, or contains itself`)
    if (this.#seen?.has(value) && !Object.isFrozen(value))
      throw new Refused("the same object is elsewhere in the state: restored it would be two")
    this.#seen?.add(value)
    return Array.isArray(value) ? this.#copyArray(value, depth) : this.#copyPlain(value, depth)
  }

  #copyArray(value: readonly unknown[], depth: number): JsonValue {
    if (Object.getPrototypeOf(value) !== Array.prototype) throw new Refused(describeInstance(value))
    // Its items and its length.
    if (Reflect.ownKeys(value).length !== value.length + 1)
      throw new Refused("an array with holes, or with keys of its own, can't be kept")
    return value.map((item, index) => this.#copyPart(item, index, depth))
  }

  #copyPlain(value: object, depth: number): JsonValue {
    if (Object.getPrototypeOf(value) !== Object.prototype) throw new Refused(describeInstance(value))
    const copy: Record<string, JsonValue> = {}
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === "symbol") throw new Refused("an object with symbol keys can't be kept")
      const property = Object.getOwnPropertyDescriptor(value, key) as PropertyDescriptor
      if (!("value" in property) || !property.enumerable)
        throw new Refused("an accessor or a hidden property can't be kept").inside(key)
      if (property.value !== undefined) define(copy, key, this.#copyPart(property.value, key, depth))
    }
    return copy
  }

  #copyPart(part: unknown, key: string | number, depth: number): JsonValue {
    try {
      return this.copy(part, depth + 1)
    } catch (error) {
      throw error instanceof Refused ? error.inside(key) : error
    }
  }
}

/** Also a key "__proto__", which is one like any other in what JSON.parse makes. */
function define(object: Record<string, JsonValue>, key: string, value: JsonValue): void {
  if (key !== "__proto__") object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

function describeInstance(value: object): string {
  const name = Object.getPrototypeOf(value)?.constructor?.name || "an object without the usual prototype"
  return `${name} can't be kept exactly: use plain objects and arrays, or give a form`
}

/** Gathers its path on the way out, so that the way in costs nothing. */
class Refused extends Error {
  #path = ""

  inside(key: string | number): this {
    const isPlain = typeof key === "string" && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)
    this.#path = (isPlain ? `.${key}` : `[${JSON.stringify(key)}]`) + this.#path
    return this
  }

  toAnnalsError(root: string): AnnalsError {
    const path = root + this.#path
    return new AnnalsError("INVALID_VALUE", `${path}: ${this.message}`, { path })
  }
}

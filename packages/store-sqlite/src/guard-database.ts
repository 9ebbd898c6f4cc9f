import type { DatabaseSync } from "node:sqlite"

/** What may still be called in the end: it says something, or lets go of something. */
const harmless: readonly PropertyKey[] = [
  "location",
  "return",
  ...Object.getOwnPropertyNames(Object.prototype),
]

/** By what these return, a connection can be used as well. */
const givesAway: readonly PropertyKey[] = ["prepare", "iterate", "createTagStore", "createSession"]

/**
 * A connection for as long as its unit of work is open: `use` throws where that has ended, also for what was prepared before. From then
 * on the connection serves others, so that whoever kept it would write into their transactions, or into none.
 *
 * It is a `DatabaseSync` in every other respect: methods run on the connection itself, and `instanceof` and properties are its own.
 */
export function guardDatabase(db: DatabaseSync, use: () => void): DatabaseSync {
  return guardObject(db, use)
}

function guardObject<Guarded extends object>(target: Guarded, use: () => void): Guarded {
  const guarded = new WeakMap<Method, Method>()

  const call = (key: PropertyKey, method: Method, args: unknown[]): unknown => {
    if (!harmless.includes(key)) useOrLetGo(target, key, use)
    const result: unknown = Reflect.apply(method, target, args)
    if (result === target) return guard
    return givesAway.includes(key) ? guardObject(result as object, use) : result
  }

  const guardMethod = (key: PropertyKey, method: Method): Method => {
    const made = new Proxy(method, { apply: (_method, _this, args) => call(key, method, args) })
    guarded.set(method, made)
    return made
  }

  const guard: Guarded = new Proxy(target, {
    get(_target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== "function" || key === "constructor") return value
      return guarded.get(value as Method) ?? guardMethod(key, value as Method)
    },
  })
  return guard
}

/** Rows that nobody reads to the end would keep the connection in the state of the database that they are from. */
function useOrLetGo(target: object, key: PropertyKey, use: () => void): void {
  try {
    use()
  } catch (error) {
    if (key === "next") (target as Iterator<unknown>).return?.()
    throw error
  }
}

type Method = (...args: unknown[]) => unknown

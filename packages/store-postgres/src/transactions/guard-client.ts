import type { PoolClient, Submittable } from "pg"

/** What may still be called in the end: to stop listening, and what needs no server. */
const harmless: readonly PropertyKey[] = [
  ...["off", "removeListener", "escapeIdentifier", "escapeLiteral", "getTypeParser"],
  ...Object.getOwnPropertyNames(Object.prototype),
]

/**
 * A client for as long as its unit of work is open: `use` throws where that has ended. From then on the client serves others, so that
 * whoever kept it would write into their transactions, or into none.
 *
 * It is the client in every other respect: methods run on the client itself, and `instanceof` and properties are its own.
 */
export function guardClient(client: PoolClient, use: () => void): PoolClient {
  const guarded = new WeakMap<Method, Method>()

  const call = (key: PropertyKey, method: Method, args: unknown[]): unknown => {
    if (!harmless.includes(key)) {
      try {
        use()
      } catch (error) {
        if (key === "query") return refuseQuery(client, args, error as Error)
        throw error
      }
    }
    const result: unknown = Reflect.apply(method, client, args)
    return result === client ? guard : result
  }

  const guardMethod = (key: PropertyKey, method: Method): Method => {
    const made = new Proxy(method, { apply: (_method, _this, args) => call(key, method, args) })
    guarded.set(method, made)
    return made
  }

  const guard: PoolClient = new Proxy(client, {
    get(_client, key) {
      const value: unknown = Reflect.get(client, key, client)
      if (typeof value !== "function" || key === "constructor") return value
      return guarded.get(value as Method) ?? guardMethod(key, value as Method)
    },
  })
  return guard
}

type Method = (...args: unknown[]) => unknown
type Callback = (error: Error) => void

/** What `pg` calls on a query of somebody else's. */
interface ForeignQuery extends Submittable {
  callback?: unknown
  handleError(error: Error, connection: unknown): void
}

/** Fails a query in the way in which `pg` would have: by a promise, a callback, or the query itself. */
function refuseQuery(client: PoolClient, [query, values, callback]: unknown[], error: Error): unknown {
  const given = [values, callback, (query as { callback?: unknown } | undefined)?.callback]
  const answer = given.find((value): value is Callback => typeof value === "function")
  if (isForeignQuery(query)) {
    query.callback ??= answer
    process.nextTick(() => query.handleError(error, (client as { connection?: unknown }).connection))
    return query
  }
  if (answer === undefined) return Promise.reject(error)
  process.nextTick(answer, error)
  return undefined
}

function isForeignQuery(query: unknown): query is ForeignQuery {
  return typeof (query as Partial<ForeignQuery> | null | undefined)?.submit === "function"
}

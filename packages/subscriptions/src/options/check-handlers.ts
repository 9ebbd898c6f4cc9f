import { checkFunction } from "./check-function.ts"
import { checkObject } from "./check-object.ts"

/** Functions by name. Throws `INVALID_OPTION`. */
export function checkHandlers<Handler>(handlers: unknown, path: string): ReadonlyMap<string, Handler> {
  const given = Object.entries(checkObject(handlers, path)) as [string, Handler][]
  return new Map(given.map(([name, handler]) => [name, checkFunction(handler, `${path}.${name}`)]))
}

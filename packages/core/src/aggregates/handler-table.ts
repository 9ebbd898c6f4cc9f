import type { NewEvent } from "../events/event.ts"

/** Applies an event to an object of a class. */
export type ObjectHandler = (object: object, event: NewEvent) => void

/** On a class: what `handles(Class, type, handler)` said. */
const registered: unique symbol = Symbol("annals.registered-handlers")
/** On a class: its table, once it is made. */
const table: unique symbol = Symbol("annals.handler-table")
/** On a method: the types of event that it handles, by the decorator. */
const handled: unique symbol = Symbol("annals.handled-types")

interface Registered {
  [registered]?: Map<string, ObjectHandler>
  [table]?: ReadonlyMap<string, ObjectHandler>
}
type Method = ((this: object, event: NewEvent) => void) & { [handled]?: string[] }

export function register(given: object, type: string, handler: ObjectHandler): void {
  const Class: Registered = given
  if (!Object.hasOwn(Class, registered)) Class[registered] = new Map()
  Class[registered]?.set(type, handler)
  delete Class[table]
}

/** Notes on a method that it handles events of this type. */
export function mark(method: Method, type: string): void {
  method[handled] = [...(method[handled] ?? []), type]
}

/** What a class handles, with what it inherits; its own handlers win. */
export function handlersOf(given: object, Base: object): ReadonlyMap<string, ObjectHandler> {
  const Class: Registered = given
  if (Object.hasOwn(Class, table)) return Class[table] as ReadonlyMap<string, ObjectHandler>
  const parent: object | null = Object.getPrototypeOf(Class)
  const inherited = parent === null || parent === Base ? [] : handlersOf(parent, Base)
  const own = Object.hasOwn(Class, registered) ? (Class[registered] ?? []) : []
  const handlers = new Map([...inherited, ...markedMethods(Class), ...own])
  Object.defineProperty(Class, table, { value: handlers, configurable: true })
  return handlers
}

/** By name, so that a method overridden in a subclass is the one that is called. */
function markedMethods(Class: object & { readonly prototype?: object }): [string, ObjectHandler][] {
  const found: [string, ObjectHandler][] = []
  for (const key of Reflect.ownKeys(Class.prototype ?? {})) {
    const value: unknown = Object.getOwnPropertyDescriptor(Class.prototype, key)?.value
    const types = typeof value === "function" ? (value as Method)[handled] : undefined
    for (const type of types ?? []) {
      found.push([type, (object, event) => (object as Record<PropertyKey, Method>)[key]?.call(object, event)])
    }
  }
  return found
}

import { AnnalsError } from "../errors/annals-error.ts"
import { resolveBuiltIn } from "./built-in-events.ts"
import { definitionOf, type EventDefinition } from "./define-event.ts"
import type { NewEvent } from "./event.ts"
import type { EventOf, EventType } from "./event-type.ts"

declare const eventsOf: unique symbol

/** Event types that belong together: the registry by which stores and buses validate, name, upcast and type events. */
export interface EventSet<out Event extends NewEvent = NewEvent> {
  /** The types, in the order given. */
  readonly types: readonly EventType<string>[]
  /** Their names, in the order given. */
  readonly names: readonly Event["type"][]
  /** By its name, or a former name. */
  resolve(name: string): EventDefinition | undefined
  /** For the compiler only. */
  readonly [eventsOf]?: Event
}

/** The union of the events of a set, of what has one (a category, an aggregate), or of a list of types. */
export type EventIn<Set> = Set extends readonly (infer Type)[]
  ? EventOf<Type>
  : Set extends EventSet<infer Event>
    ? Event
    : Set extends { readonly events: EventSet<infer Event> }
      ? Event
      : never

/**
 * Joins event types into a set. Throws `DUPLICATE_EVENT_TYPE` where two types share a name, or a former name.
 *
 * @example
 * const events = defineEvents([opened, deposited, withdrawn])
 * const store = createSqliteStore({ file: "bank.db", events })
 */
export function defineEvents<const Types extends readonly EventType<string>[]>(
  types: Types,
): EventSet<EventIn<Types>> {
  if (!Array.isArray(types)) {
    throw new AnnalsError("INVALID_OPTION", "events must be an array of event types", { path: "events" })
  }
  const definitions = new Map<string, EventDefinition>()
  for (const type of types) {
    const definition = definitionOf(type)
    for (const name of [definition.name, ...definition.formerNames]) addOnce(definitions, name, definition)
  }
  return Object.freeze({
    types: Object.freeze([...types]),
    names: Object.freeze(types.map((type) => type.type)) as readonly EventIn<Types>["type"][],
    resolve: (name: string) => definitions.get(name),
  })
}

function addOnce(definitions: Map<string, EventDefinition>, name: string, definition: EventDefinition): void {
  const there = definitions.get(name) ?? resolveBuiltIn(name)
  if (there !== undefined && there !== definition) {
    throw new AnnalsError("DUPLICATE_EVENT_TYPE", `two event types are named "${name}": rename one of them`, {
      path: "events",
    })
  }
  definitions.set(name, definition)
}

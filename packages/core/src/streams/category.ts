import type { NewEvent } from "../events/event.ts"
import { defineEvents, type EventIn, type EventSet } from "../events/event-set.ts"
import type { EventType } from "../events/event-type.ts"
import type { TypedStream } from "./stream.ts"
import { checkName } from "./validate-name.ts"

/** All streams of one kind, and the events that they take. */
export interface Category<Name extends string = string, Event extends NewEvent = NewEvent> {
  readonly name: Name
  readonly events: EventSet<Event>
  /** The stream with this id. */
  stream(id: string): TypedStream<Name, Event>
}

/**
 * Defines a category by its name and its events. Throws `INVALID_NAME`, `DUPLICATE_EVENT_TYPE`.
 *
 * @example
 * const accounts = defineCategory("account", [opened, deposited])
 * await store.append(accounts.stream("alice"), [opened({ owner: "Alice" })], { expected: "no-stream" })
 */
export function defineCategory<const Name extends string, const Types extends readonly EventType<string>[]>(
  name: Name,
  types: Types,
): Category<Name, EventIn<Types>> {
  checkName(name, "category")
  const events = defineEvents(types)
  return Object.freeze({
    name,
    events,
    stream: (id: string) => Object.freeze({ category: name, id, events }),
  })
}

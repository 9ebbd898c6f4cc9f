import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import { defineEvents, type EventIn } from "../events/event-set.ts"
import type { EventType } from "../events/event-type.ts"
import type { OwnHandlers } from "../events/own-handlers.ts"
import type { Uninferred } from "../events/uninferred.ts"
import { checkName } from "../streams/validate-name.ts"
import type { Projection, ProjectionHandlers } from "./projection.ts"

/** How a projection is defined. */
export interface ProjectionDefinition<Types extends readonly EventType<string>[], State, Handlers> {
  /** The types of event that it looks at, of any category. */
  readonly events: Types
  /** The state before the first event: a new object each time, which the handlers may change. */
  readonly initial: () => State
  /** A handler for each type of event that matters: see {@link ProjectionHandlers}. */
  readonly on: Handlers
}

/**
 * Defines a projection: a state, and what events do to it. Throws `INVALID_NAME`, `DUPLICATE_EVENT_TYPE`, `INVALID_OPTION`.
 *
 * @example
 * const totals = defineProjection("totals", {
 *   events: [deposited, withdrawn],
 *   initial: () => ({ cents: 0 }),
 *   on: {
 *     deposited: ({ cents }, { data }) => ({ cents: cents + data.cents }),
 *     withdrawn: ({ cents }, { data }) => ({ cents: cents - data.cents }),
 *   },
 * })
 */
export function defineProjection<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Handlers extends ProjectionHandlers<EventIn<Types>, NoInfer<State>>,
  State = Uninferred,
>(
  name: Name,
  definition: ProjectionDefinition<Types, State, OwnHandlers<Handlers, EventIn<Types>["type"], Name>>,
): Projection<Name, EventIn<Types>, State> {
  checkName(name, "projection")
  const events = defineEvents(definition.events)
  type Handler = (state: State, event: RecordedEvent) => State | undefined
  const handlers = new Map(Object.entries(definition.on ?? {}) as [string, Handler][])
  const projection = {
    name,
    events,
    types: Object.freeze(handledTypes(name, definition.events, handlers)),
    initial: definition.initial,
    evolve: (state: State, event: RecordedEvent) => handlers.get(event.type)?.(state, event) ?? state,
  }
  return Object.freeze(projection) as Projection<Name, EventIn<Types>, State>
}

function handledTypes(
  name: string,
  types: readonly EventType<string>[],
  handlers: ReadonlyMap<string, unknown>,
) {
  for (const [type, handler] of handlers) {
    if (typeof handler !== "function") throw invalid(`on.${type}`, name, `has no function for "${type}"`)
  }
  const handled = types.filter(({ type }) => handlers.has(type))
  if (handled.length === handlers.size && handlers.size > 0) {
    return [...new Set(handled.flatMap(({ type, formerNames }) => [type, ...formerNames]))]
  }
  const unknown = [...handlers.keys()].find((type) => !types.some((known) => known.type === type))
  const why =
    unknown === undefined ? "has no handler" : `has a handler for "${unknown}", which isn't among its events`
  throw invalid("on", name, why)
}

function invalid(path: string, name: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `projection "${name}" ${why}`, { path })
}

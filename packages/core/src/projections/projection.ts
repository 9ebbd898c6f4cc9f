import type { NewEvent, Recorded } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"

/** What a read model is made of: a state, and what events do to it. Running and storing it is for `@annals/subscriptions`. */
export interface Projection<Name extends string, Event extends NewEvent, State> {
  readonly name: Name
  readonly events: EventSet<Event>
  /** The types of event that have a handler, with the names that they had before: what to filter by. */
  readonly types: readonly string[]
  /** The state before the first event. */
  initial(): State
  /** The state after an event; may be the same object, changed. Events without a handler change nothing. */
  evolve(state: State, event: Recorded<Event>): State
}

/** A handler for each type of event that matters: it changes the object that it is given, or returns another. */
export type ProjectionHandlers<Event extends NewEvent, State> = {
  readonly [Type in Event["type"]]?: (
    state: State,
    event: Recorded<Extract<Event, { readonly type: Type }>>,
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler that changes the state returns nothing
  ) => State | void
}

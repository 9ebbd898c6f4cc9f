import type { AggregateDefinition } from "../aggregates/aggregate-definition.ts"
import type { UnhandledPolicy } from "../aggregates/unhandled-event.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventType } from "../events/event-type.ts"
import type { CommandContext } from "./command.ts"
import type { Decision } from "./decision.ts"

/** A pure function for each type of event: the state after it. */
export type Evolve<Event extends NewEvent, State> = {
  readonly [Type in Event["type"]]: (state: State, event: Extract<Event, { readonly type: Type }>) => State
}

/** A pure function for each command: what happens because of it. Annotate the payload; leave it out where none is needed. */
export type Decide<Event extends NewEvent, State> = {
  readonly [command: string]: (state: State, payload: never, context: CommandContext) => Decision<Event>
}

/** How a decider is defined. */
export interface DeciderDefinition<Types extends readonly EventType<string>[], State, Evolution, Handlers> {
  /** Everything that can happen to it. */
  readonly events: Types
  /** The state before the first event. */
  readonly initial: () => State
  readonly evolve: Evolution
  readonly decide: Handlers
  /** Of events for which `evolve` has nothing, which the compiler sees to: only streams with events of other types have some. Default `"error"`. */
  readonly unhandled?: UnhandledPolicy
}

/** An aggregate whose state and rules are pure functions: `evolve` and `decide` change nothing. */
export interface Decider<Name extends string, Event extends NewEvent, State, Commands>
  extends AggregateDefinition<Name, Event, State, Commands> {}

import type { Behaviour, behaviourKey } from "../aggregates/behaviour.ts"
import type { LoadedAggregate } from "../aggregates/loaded-aggregate.ts"
import type { UnhandledPolicy } from "../aggregates/unhandled-event.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventIn, EventSet } from "../events/event-set.ts"
import type { EventType } from "../events/event-type.ts"
import type { Category } from "../streams/category.ts"
import type { CommandContext, PayloadArguments } from "./command.ts"
import type { Decision } from "./decision.ts"
import type { Refusal } from "./refusal.ts"

/** A pure function for each type of event: the state after it. */
export type Evolve<Event extends NewEvent, State> = {
  readonly [Type in Event["type"]]: (state: State, event: Extract<Event, { readonly type: Type }>) => State
}

/** A pure function for each command: what happens because of it. Annotate the payload; leave it out where none is needed. */
export type Decide<Event extends NewEvent, State> = {
  readonly [command: string]: (state: State, payload: never, context: CommandContext) => Decision<Event>
}

/** The payload of each command. */
export type PayloadsOf<Handlers> = {
  readonly [Command in keyof Handlers]: Handlers[Command] extends (
    subject: never,
    ...rest: infer Rest
  ) => unknown
    ? Rest extends readonly []
      ? undefined
      : Rest[0]
    : never
}

export interface DeciderDefinition<Types extends readonly EventType<string>[], State, Handlers> {
  /** Everything that can happen to it. */
  readonly events: Types
  /** The state before the first event. */
  readonly initial: () => State
  readonly evolve: Evolve<EventIn<Types>, NoInfer<State>>
  readonly decide: Handlers
  /** Of events for which `evolve` has nothing, which the compiler sees to: only streams with events of other types have some. Default `"error"`. */
  readonly unhandled?: UnhandledPolicy
}

/** State and rules as pure functions, which need no store to be used and tested. */
export interface Decider<Name extends string, Event extends NewEvent, State, Commands> {
  /** Of the category of its streams. */
  readonly name: Name
  readonly category: Category<Name, Event>
  readonly events: EventSet<Event>
  initial(): State
  /** The state after an event. Throws `UNHANDLED_EVENT`. */
  evolve(state: State, event: Event): State
  /** The events that a command leads to in this state, or its refusal. Throws `UNKNOWN_COMMAND`. */
  decide<const Command extends keyof Commands & string>(
    state: State,
    command: Command,
    ...payload: PayloadArguments<Commands, Command, Partial<CommandContext>>
  ): readonly Event[] | Refusal
  readonly [behaviourKey]: Behaviour<State, LoadedAggregate<State, Commands>>
}

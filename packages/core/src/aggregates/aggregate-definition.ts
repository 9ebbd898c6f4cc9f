import type { CommandContext, PayloadArguments } from "../deciders/command.ts"
import type { Refusal } from "../deciders/refusal.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { Category } from "../streams/category.ts"
import type { behaviourKey } from "./behaviour.ts"

declare const commandsOf: unique symbol

/** State and rules of one kind of aggregate, which need no store to be used and tested. */
export interface AggregateDefinition<Name extends string, Event extends NewEvent, State, Commands> {
  /** Of the category of its streams. */
  readonly name: Name
  readonly category: Category<Name, Event>
  readonly events: EventSet<Event>
  /** The state before the first event. */
  initial(): State
  /** The state after an event. Throws `UNHANDLED_EVENT`. */
  evolve(state: State, event: Event): State
  /** The events that a command leads to in this state, or its refusal. Throws `UNKNOWN_COMMAND`. */
  decide<const Command extends keyof Commands & string>(
    state: State,
    command: Command,
    ...payload: PayloadArguments<Commands, Command, Partial<CommandContext>>
  ): readonly Event[] | Refusal
  /** For the repository. */
  readonly [behaviourKey]: object
  /** For the compiler only. */
  readonly [commandsOf]?: Commands
}

/** The payload of each command, read from its handler. */
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

import type { CommandContext } from "../deciders/command.ts"
import type { Refusal } from "../deciders/refusal.ts"
import type { NewEvent, RecordedEvent } from "../events/event.ts"
import type { Category } from "../streams/category.ts"
import type { Tracked } from "./tracking.ts"
import type { OnUnhandled, UnhandledPolicy } from "./unhandled-event.ts"

/** Applies an event; returns the new state, which may be the same object. */
export type EventHandler<State> = (state: State, event: NewEvent) => State

/** One kind of aggregate, whatever its style, as a repository sees it. */
export interface Behaviour<State = unknown, Root extends Tracked = Tracked> {
  readonly category: Category
  readonly unhandled: UnhandledPolicy
  /** Events change the state as they are raised, before recording them adds what it adds (`occurredAt`, say): it isn't the state of the next load. */
  readonly changesWhenRaised: boolean
  /** Makes of a state one that can be kept while the other changes; `undefined`: there is no way to. */
  readonly copy: ((state: State) => State) | undefined
  initial(onUnhandled: OnUnhandled): State
  /** `undefined`: none for this type. */
  handlerOf(type: string): EventHandler<State> | undefined
  /** What a repository hands out for a state: something around it, or the state itself. */
  rootOf(state: State, id: string, version: number): Root
  stateOf(root: Root): State
  hasCommand(name: string): boolean
  /** Has a command decide; what it raises is applied and tracked. Returns why it refused, if it did. Throws `UNKNOWN_COMMAND`. */
  run(
    root: Root,
    command: string,
    payload: unknown,
    context: CommandContext,
  ): Refusal | undefined | Promise<Refusal | undefined>
  /** The state after events that the root raised, of which some or all are recorded; `before` is the state without them. */
  stateAfter(root: Root, before: State, events: readonly (NewEvent | RecordedEvent)[]): State
  /** The root is at this version now. */
  settle(root: Root, state: State, version: number): void
}

/** The same in every copy of core that a program may hold. */
export const behaviourKey: unique symbol = Symbol.for("annals.behaviour")

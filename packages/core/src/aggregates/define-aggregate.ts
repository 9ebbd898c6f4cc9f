import type { CommandContext } from "../deciders/command.ts"
import { standaloneContext } from "../deciders/command.ts"
import { unknownCommand } from "../deciders/command-refused.ts"
import { isRefusal, type Refusal } from "../deciders/refusal.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventIn } from "../events/event-set.ts"
import type { EventType } from "../events/event-type.ts"
import type { OwnHandlers } from "../events/own-handlers.ts"
import type { Uninferred } from "../events/uninferred.ts"
import type { OneEventOf } from "../store/event-store.ts"
import { type Category, defineCategory } from "../streams/category.ts"
import type { AggregateDefinition, PayloadsOf } from "./aggregate-definition.ts"
import { type Behaviour, behaviourKey, type EventHandler } from "./behaviour.ts"
import { foldEvents } from "./fold-events.ts"
import { AggregateRoot } from "./loaded-aggregate.ts"
import { trackingOf } from "./tracking.ts"
import { applyPolicy, type UnhandledPolicy } from "./unhandled-event.ts"

/** What a command of a declared aggregate works on. */
export interface Raising<Name extends string, Event extends NewEvent, State> {
  readonly id: string
  /** With what was raised before. */
  readonly state: State
  /** Applies an event to the state, at once, and keeps it to be recorded. */
  readonly raise: <const Type extends string>(event: OneEventOf<Name, Event, Type>) => void
}

/** A handler for each type of event that changes the state: it changes the object that it is given, or returns another. */
export type EventHandlers<Event extends NewEvent, State> = {
  readonly [Type in Event["type"]]?: (
    state: State,
    event: Extract<Event, { readonly type: Type }>,
    // biome-ignore lint/suspicious/noConfusingVoidType: a handler that changes the state returns nothing
  ) => State | void
}

/** A function for each command: it raises events, or refuses before it raises any. Annotate the payload; leave it out where none is needed. */
export type AggregateCommands<Name extends string, Event extends NewEvent, State> = {
  readonly [command: string]: (
    aggregate: Raising<Name, Event, State>,
    payload: never,
    context: CommandContext,
    // biome-ignore lint/suspicious/noConfusingVoidType: a command that raises events returns nothing
  ) => Refusal | undefined | void
}

/** How an aggregate is declared. */
export interface AggregateOptions<Types extends readonly EventType<string>[], State, Handlers, Commands> {
  /** Everything that can happen to it. */
  readonly events: Types
  /** The state before the first event: a new object each time, which the handlers may change. */
  readonly initial: () => State
  /** What each event does: see {@link EventHandlers}. */
  readonly on: Handlers
  /** See {@link AggregateCommands}. */
  readonly commands: Commands
  /** Of events that `on` leaves out. Default `"error"`. */
  readonly unhandled?: UnhandledPolicy
}

/**
 * Declares an aggregate by an object of handlers: `on` says what its events do to a state, `commands` raise events. Throws `INVALID_NAME`,
 * `DUPLICATE_EVENT_TYPE`.
 *
 * @example
 * const cart = defineAggregate("cart", {
 *   events: [added, checkedOut],
 *   initial: () => ({ quantities: new Map<string, number>(), checkedOut: false }),
 *   on: {
 *     added: ({ quantities }, { data }) => void quantities.set(data.sku, (quantities.get(data.sku) ?? 0) + data.quantity),
 *     checkedOut: (cart) => void (cart.checkedOut = true),
 *   },
 *   commands: {
 *     add: (cart, item: { sku: string; quantity: number }) =>
 *       cart.state.checkedOut ? refuse("checked-out") : cart.raise(added(item)),
 *     checkOut: (cart) => cart.raise(checkedOut({})),
 *   },
 * })
 */
export function defineAggregate<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Handlers extends EventHandlers<EventIn<Types>, NoInfer<State>>,
  Commands extends AggregateCommands<Name, EventIn<Types>, State>,
  State = Uninferred,
>(
  name: Name,
  definition: AggregateOptions<Types, State, OwnHandlers<Handlers, EventIn<Types>["type"], Name>, Commands>,
): AggregateDefinition<Name, EventIn<Types>, State, PayloadsOf<Commands>> {
  const category = defineCategory(name, definition.events)
  const unhandled = definition.unhandled ?? "error"
  const onUnhandled = applyPolicy(unhandled, name)
  const handlers = eventHandlers<State>(definition.on as object)
  // The compiler has checked each of them by its own types; from here on they are looked up by name.
  const commands = new Map(
    Object.entries(definition.commands as object) as unknown as [string, CommandHandler<State>][],
  )
  const behaviour = declaredBehaviour({
    category,
    unhandled,
    initial: definition.initial,
    handlers,
    commands,
  })
  const aggregate = {
    name,
    category,
    events: category.events,
    initial: definition.initial,
    evolve: (state: State, event: NewEvent) => foldEvents(state, [event], handlers, onUnhandled),
    decide(state: State, command: string, payload?: unknown, given: Partial<CommandContext> = {}) {
      const context = { ...standaloneContext, ...given }
      const root = behaviour.rootOf(structuredClone(state), context.id, context.version)
      trackingOf(root).onUnhandled = onUnhandled
      return behaviour.run(root, command, payload, context) ?? trackingOf(root).events
    },
    [behaviourKey]: behaviour,
  }
  return Object.freeze(aggregate) as AggregateDefinition<Name, EventIn<Types>, State, PayloadsOf<Commands>>
}

type CommandHandler<State> = (
  aggregate: UntypedRaising<State>,
  payload: unknown,
  context: CommandContext,
) => unknown

interface UntypedRaising<State> {
  readonly id: string
  readonly state: State
  readonly raise: (event: NewEvent) => void
}

/** What a command may take apart: `({ state, raise }) => …`. */
function raisingOn<State>(root: AggregateRoot<State>): UntypedRaising<State> {
  return {
    id: root.id,
    get state() {
      return root.state
    },
    raise: (event) => root.raise(event),
  }
}

interface Declared<State> extends Pick<Behaviour, "category" | "unhandled"> {
  readonly initial: () => State
  readonly handlers: ReadonlyMap<string, EventHandler<State>>
  readonly commands: ReadonlyMap<string, CommandHandler<State>>
}

function eventHandlers<State>(on: object): Map<string, EventHandler<State>> {
  type Given = (state: State, event: NewEvent) => State | undefined
  const given = Object.entries(on) as [string, Given][]
  return new Map(given.map(([type, handler]) => [type, (state, event) => handler(state, event) ?? state]))
}

function declaredBehaviour<State>({ category, unhandled, initial, handlers, commands }: Declared<State>) {
  const run = (root: AggregateRoot<State>, command: string, payload: unknown, context: CommandContext) => {
    const handler = commands.get(command)
    if (handler === undefined) throw unknownCommand(category.name, command, [...commands.keys()])
    const outcome = handler(raisingOn(root), payload, context)
    return isRefusal(outcome) ? outcome : undefined
  }
  const commanded = { handlerOf: (type: string) => handlers.get(type), run }
  return {
    ...commanded,
    category: category as Category,
    unhandled,
    changesWhenRaised: true,
    copy: (state: State) => structuredClone(state),
    initial,
    rootOf: (state: State, id: string, version: number) => new AggregateRoot(commanded, state, id, version),
    stateOf: (root: AggregateRoot<State>) => root.state,
    hasCommand: (name: string) => commands.has(name),
    stateAfter: (root: AggregateRoot<State>) => root.state,
    settle(root: AggregateRoot<State>, _state: State, version: number) {
      root.version = version
    },
  } satisfies Behaviour<State, AggregateRoot<State>>
}

import type { PayloadsOf } from "../aggregates/aggregate-definition.ts"
import { type Behaviour, behaviourKey, type EventHandler } from "../aggregates/behaviour.ts"
import { foldEvents } from "../aggregates/fold-events.ts"
import { AggregateRoot } from "../aggregates/loaded-aggregate.ts"
import { trackingOf } from "../aggregates/tracking.ts"
import { applyPolicy } from "../aggregates/unhandled-event.ts"
import type { NewEvent } from "../events/event.ts"
import type { EventIn } from "../events/event-set.ts"
import type { EventType } from "../events/event-type.ts"
import type { OwnHandlers } from "../events/own-handlers.ts"
import type { Uninferred } from "../events/uninferred.ts"
import { type Category, defineCategory } from "../streams/category.ts"
import { type CommandContext, standaloneContext } from "./command.ts"
import { unknownCommand } from "./command-refused.ts"
import type { Decide, Decider, DeciderDefinition, Evolve } from "./decider.ts"
import { type Decision, eventsOf } from "./decision.ts"
import { isRefusal, type Refusal } from "./refusal.ts"

/**
 * Defines an aggregate by pure functions: `evolve` folds its events into a state, `decide` answers commands with new events. Throws
 * `INVALID_NAME`, `DUPLICATE_EVENT_TYPE`.
 *
 * @example
 * const account = defineDecider("account", {
 *   events: [opened, deposited],
 *   initial: () => ({ cents: 0 }),
 *   evolve: {
 *     opened: (state) => state,
 *     deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
 *   },
 *   decide: {
 *     open: (_state, { owner }: { owner: string }) => opened({ owner }),
 *     deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
 *   },
 * })
 */
export function defineDecider<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Evolution extends Evolve<EventIn<Types>, NoInfer<State>>,
  Handlers extends Decide<EventIn<Types>, State>,
  State = Uninferred,
>(
  name: Name,
  definition: DeciderDefinition<Types, State, OwnHandlers<Evolution, EventIn<Types>["type"], Name>, Handlers>,
): Decider<Name, EventIn<Types>, State, PayloadsOf<Handlers>> {
  const category = defineCategory(name, definition.events)
  const rules: Rules<State> = {
    category,
    initial: definition.initial,
    // The compiler has checked each handler against its own event; from here on they are looked up by name.
    evolve: new Map(Object.entries(definition.evolve) as [string, EventHandler<State>][]),
    decide: new Map(Object.entries(definition.decide) as unknown as [string, CommandHandler<State>][]),
    unhandled: definition.unhandled ?? "error",
  }
  const onUnhandled = applyPolicy(rules.unhandled, name)
  const decider = {
    name,
    category,
    events: category.events,
    initial: definition.initial,
    evolve: (state: State, event: NewEvent) => foldEvents(state, [event], rules.evolve, onUnhandled),
    decide: (state: State, command: string, payload?: unknown, given: Partial<CommandContext> = {}) =>
      decide(rules, state, command, payload, { ...standaloneContext, ...given }),
    [behaviourKey]: deciderBehaviour(rules),
  }
  return Object.freeze(decider) as Decider<Name, EventIn<Types>, State, PayloadsOf<Handlers>>
}

type CommandHandler<State> = (state: State, payload: unknown, context: CommandContext) => Decision<NewEvent>

interface Rules<State> extends Pick<Behaviour, "category" | "unhandled"> {
  readonly initial: () => State
  readonly evolve: ReadonlyMap<string, EventHandler<State>>
  readonly decide: ReadonlyMap<string, CommandHandler<State>>
}

function decide<State>(
  rules: Rules<State>,
  state: State,
  command: string,
  payload: unknown,
  context: CommandContext,
) {
  const handler = rules.decide.get(command)
  if (handler === undefined) throw unknownCommand(rules.category.name, command, [...rules.decide.keys()])
  return eventsOf(handler(state, payload, context))
}

function deciderBehaviour<State>(rules: Rules<State>): Behaviour<State, AggregateRoot<State>> {
  const run = (root: AggregateRoot<State>, command: string, payload: unknown, context: CommandContext) => {
    const decision: readonly NewEvent[] | Refusal = decide(rules, root.state, command, payload, context)
    if (isRefusal(decision)) return decision
    for (const event of decision) root.raise(event)
    return undefined
  }
  const commanded = { handlerOf: (type: string) => rules.evolve.get(type), run }
  return {
    ...commanded,
    category: rules.category as Category,
    unhandled: rules.unhandled,
    changesWhenRaised: false,
    copy: (state) => state, // values: nobody changes them
    initial: rules.initial,
    rootOf: (state, id, version) => new AggregateRoot(commanded, state, id, version),
    stateOf: (root) => root.state,
    hasCommand: (name) => rules.decide.has(name),
    // Once more, from what was recorded: the state is exactly that of the next load.
    stateAfter: (root, before, events) =>
      foldEvents(before, events, rules.evolve, trackingOf(root).onUnhandled),
    settle(root, state, version) {
      root.state = state
      root.version = version
    },
  }
}

import {
  type AggregateClass,
  type AggregateDefinition,
  applyEvent,
  type CommandContext,
  isRefusal,
  type NewEvent,
  newEventsOf,
  type Refusal,
} from "@annals/core"

/** What a scenario needs of an aggregate, whatever its style. */
export interface AggregateRules {
  readonly name: string
  /** The state after these events, made anew. */
  stateAfter(events: readonly NewEvent[]): unknown
  /** What a command leads to after these events. */
  decide(
    events: readonly NewEvent[],
    command: string,
    payload: unknown,
    context: Partial<CommandContext>,
  ): Outcome
}

/** New events with the state after them, or a refusal. */
export type Outcome = Refusal | { readonly events: readonly NewEvent[]; readonly state: unknown }

/** A decider or a declared aggregate. */
export function rulesOfDefinition(
  definition: AggregateDefinition<string, NewEvent, unknown, unknown>,
): AggregateRules {
  const stateAfter = (events: readonly NewEvent[]) => events.reduce(definition.evolve, definition.initial())
  const decide = definition.decide as (
    state: unknown,
    command: string,
    ...rest: unknown[]
  ) => readonly NewEvent[] | Refusal
  return {
    name: definition.name,
    stateAfter,
    decide(events, command, payload, context) {
      const decision = decide(stateAfter(events), command, payload, { version: events.length, ...context })
      return isRefusal(decision)
        ? decision
        : { events: decision, state: stateAfter([...events, ...decision]) }
    },
  }
}

/** An aggregate's class: its state is the object itself, and its commands are its methods. */
export function rulesOfClass(Class: AggregateClass): AggregateRules {
  const rootAfter = (events: readonly NewEvent[]) => {
    const root = new Class()
    for (const event of events) root[applyEvent](event)
    return root
  }
  return {
    name: Class.name,
    stateAfter: rootAfter,
    decide(events, command, payload) {
      const root = rootAfter(events)
      const method = (root as unknown as Record<string, (payload: unknown) => unknown>)[command]
      if (typeof method !== "function") throw new TypeError(`${Class.name} has no method "${command}"`)
      const outcome = method.call(root, payload)
      return isRefusal(outcome) ? outcome : { events: newEventsOf(root), state: root }
    },
  }
}

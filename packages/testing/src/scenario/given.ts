import type {
  AggregateClass,
  AggregateDefinition,
  CommandsOf,
  NewEvent,
  Projection,
  Recorded,
} from "@annals/core"
import { type AggregateRules, rulesOfClass, rulesOfDefinition } from "./aggregate-rules.ts"
import { type GivenAggregate, givenAggregate } from "./given-aggregate.ts"
import { type GivenProjection, givenProjection } from "./given-projection.ts"

/**
 * Given what has happened: to an aggregate of any style, which is then given a command, or to a projection, whose state is then looked at.
 * Needs no store. Fails with an `AssertionError` that says what differs.
 *
 * @example
 * given(account, [opened({ owner: "Alice" }), deposited({ cents: 500 })])
 *   .when("withdraw", { cents: 200 })
 *   .thenEvents([withdrawn({ cents: 200 })])
 *   .thenState({ cents: 300 })
 *
 * given(account, [opened({ owner: "Alice" })])
 *   .when("withdraw", { cents: 200 })
 *   .thenRefused("insufficient-funds", { available: 0 })
 *
 * given(totals, [deposited({ cents: 500 })]).thenState({ cents: 500 })
 */
export function given<Event extends NewEvent, State, Commands>(
  aggregate: AggregateDefinition<string, Event, State, Commands>,
  events?: readonly NoInfer<Event>[],
): GivenAggregate<Event, State, Commands>
export function given<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  events?: readonly (NoInfer<Event> | Recorded<NoInfer<Event>>)[],
): GivenProjection<State>
export function given<Event extends NewEvent, Root extends object>(
  aggregate: AggregateClass<string, Event> & (new () => Root),
  events?: readonly NoInfer<Event>[],
): GivenAggregate<Event, Root, CommandsOf<Root>>
export function given(subject: object, events: readonly NewEvent[] = []): unknown {
  if (typeof subject === "function") return givenAggregate(rulesOfClass(subject as AggregateClass), events)
  if ("decide" in subject) {
    const rules: AggregateRules = rulesOfDefinition(
      subject as AggregateDefinition<string, NewEvent, unknown, unknown>,
    )
    return givenAggregate(rules, events)
  }
  return givenProjection(subject as Projection<string, NewEvent, unknown>, events)
}

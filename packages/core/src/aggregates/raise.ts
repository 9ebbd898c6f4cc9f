import type { NewEvent } from "../events/event.ts"
import type { OneEventOf } from "../store/event-store.ts"
import { type AggregateObject, applyEvent } from "./aggregate-of.ts"
import type { LoadedAggregate } from "./loaded-aggregate.ts"
import { trackingOf } from "./tracking.ts"

/**
 * Applies an event to an aggregate of a class, at once, and keeps it to be recorded when the aggregate is saved. Throws `UNHANDLED_EVENT`.
 *
 * @example
 * class Account extends aggregateOf(accounts) {
 *   deposit({ cents }: { cents: number }) {
 *     raise(this, deposited({ cents }))
 *   }
 * }
 */
export function raise<Name extends string, Event extends NewEvent, const Type extends string>(
  aggregate: AggregateObject<Name, Event>,
  event: OneEventOf<Name, Event, Type>,
): void {
  const given = event as unknown as Event
  aggregate[applyEvent](given)
  trackingOf(aggregate).events.push(given)
}

/** An aggregate of any style. */
type AnyAggregate = AggregateObject | LoadedAggregate

/** The id of an aggregate; `""` for one that no repository made. */
export function idOf(aggregate: AnyAggregate): string {
  return trackingOf(aggregate).stream?.id ?? ""
}

/** The version of the newest recorded event in an aggregate; 0 = nothing is recorded. */
export function versionOf(aggregate: AnyAggregate): number {
  return trackingOf(aggregate).version
}

/** What an aggregate raised since it was made, loaded or saved. */
export function newEventsOf<Event extends NewEvent = NewEvent>(
  aggregate: AggregateObject<string, Event> | LoadedAggregate,
): readonly Event[] {
  return [...trackingOf(aggregate).events] as unknown as readonly Event[]
}

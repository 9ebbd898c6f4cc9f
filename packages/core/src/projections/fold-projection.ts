import type { NewEvent, Recorded } from "../events/event.ts"
import type { Projection } from "./projection.ts"

/**
 * The state of a projection after these events, read from a store or at hand; `from` continues from an earlier state.
 *
 * @example
 * const { cents } = await foldProjection(totals, store.readAll({ types: totals.types, events: totals.events }))
 */
export function foldProjection<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  events: AsyncIterable<Recorded<NoInfer<Event>>>,
  from?: State,
): Promise<State>
export function foldProjection<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  events: Iterable<Recorded<NoInfer<Event>>>,
  from?: State,
): State
export function foldProjection<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  events: Iterable<Recorded<Event>> | AsyncIterable<Recorded<Event>>,
  from: State = projection.initial(),
): State | Promise<State> {
  if (Symbol.asyncIterator in events) return foldRead(projection, events, from)
  let state = from
  for (const event of events) state = projection.evolve(state, event)
  return state
}

async function foldRead<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  events: AsyncIterable<Recorded<Event>>,
  from: State,
): Promise<State> {
  let state = from
  for await (const event of events) state = projection.evolve(state, event)
  return state
}

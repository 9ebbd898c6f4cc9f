import { slotOf } from "../streams/slot.ts"
import type { EventFilter } from "./event-filter.ts"
import { matchesQuery } from "./event-query.ts"
import type { StoredEvent } from "./stored-event.ts"

/** Whether a filter lets an event through; a slot that is known needn't be computed. */
export type FilterTest = (event: StoredEvent, slot?: number) => boolean

/** Makes the test that decides whether a filter, as a driver gets it, lets an event through. The one meaning that every driver's filter must have. */
export function createFilterTest(filter: EventFilter): FilterTest {
  const tests = [...eventTests(filter), ...streamTests(filter)]
  return (event, slot) => tests.every((test) => test(event, slot))
}

function* eventTests({ types, tags, query, correlationId }: EventFilter): Generator<FilterTest> {
  if (types !== undefined) yield ({ type }) => types.includes(type)
  if (tags !== undefined) yield (event) => tags.every((tag) => event.tags.includes(tag))
  if (query !== undefined) yield (event) => matchesQuery(query, event)
  if (correlationId !== undefined) yield (event) => event.correlationId === correlationId
}

function* streamTests({ tenant, categories, slots }: EventFilter): Generator<FilterTest> {
  if (tenant !== undefined) yield ({ stream }) => stream.tenant === tenant
  if (categories !== undefined) yield ({ stream }) => categories.includes(stream.category)
  if (slots !== undefined) {
    const wanted = new Set(slots)
    yield ({ stream }, slot = slotOf(stream)) => wanted.has(slot)
  }
}

import type { EventFilter } from "../store/event-filter.ts"
import { matchesQuery } from "../store/event-query.ts"
import type { LoggedEvent } from "./memory-log.ts"

type Test = (entry: LoggedEvent) => boolean

/** Makes the test that decides whether a filter lets an event through. */
export function filterTest(filter: EventFilter): Test {
  const tests = [...eventTests(filter), ...streamTests(filter)]
  return (entry) => tests.every((test) => test(entry))
}

function* eventTests({ types, tags, query, correlationId }: EventFilter): Generator<Test> {
  if (types !== undefined) yield ({ event }) => types.includes(event.type)
  if (tags !== undefined) yield ({ event }) => tags.every((tag) => event.tags.includes(tag))
  if (query !== undefined) yield ({ event }) => matchesQuery(query, event)
  if (correlationId !== undefined) yield ({ event }) => event.correlationId === correlationId
}

function* streamTests({ tenant, categories, slots }: EventFilter): Generator<Test> {
  if (tenant !== undefined) yield ({ stream }) => stream.key.tenant === tenant
  if (categories !== undefined) yield ({ stream }) => categories.includes(stream.key.category)
  if (slots !== undefined) {
    const wanted = new Set(slots)
    yield ({ stream }) => wanted.has(stream.slot)
  }
}

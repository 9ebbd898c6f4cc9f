import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import { defineEvents } from "../events/event-set.ts"
import type { EventQuery } from "../store/event-query.ts"
import type { EventLog } from "../store/event-store.ts"
import type { DecisionModel, DecisionParts, StatesOf, TaggedProjection } from "./decision-model.ts"

/**
 * Reads what a decision depends on, across streams: the state of several projections, and the condition under which a decision taken on
 * it may be appended. When that fails with `CONDITION_FAILED`, read again and decide again. Rejects as reading does.
 *
 * @example
 * const { state, condition } = await readDecisionModel(store, {
 *   seats: tagged(freeSeats, `course:${course}`),
 *   courses: tagged(coursesTaken, `student:${student}`),
 * })
 * if (state.seats === 0 || state.courses >= 10) return "refused"
 * await store.append(enrolments.stream(course), [enrolled({ course, student })], { condition })
 */
export async function readDecisionModel<const Parts extends DecisionParts>(
  log: EventLog,
  parts: Parts,
  options: { readonly signal?: AbortSignal } = {},
): Promise<DecisionModel<StatesOf<Parts>>> {
  const folds = Object.entries(parts).map(([name, part]) => new PartFold(name, part))
  const query = queryOf(folds)
  // First, and from the bounded reader: an event in flight below it could still appear, one above it isn't in the state.
  const after = await log.head()
  const events = log.readAll({
    query,
    until: after,
    tenant: log.tenant ?? "",
    events: defineEvents([...new Set(folds.flatMap(({ part }) => part.projection.events.types))]),
    unreadable: "fail", // a decision must not be taken on a part of what happened
    ...options,
  })
  for await (const event of events) for (const fold of folds) fold.add(event)
  const state = Object.fromEntries(folds.map(({ name, state }) => [name, state])) as StatesOf<Parts>
  return { state, condition: { query, after } }
}

/** The empty query would match everything. */
function queryOf(folds: readonly PartFold[]): EventQuery {
  if (folds.length === 0) {
    throw new AnnalsError("INVALID_OPTION", "a decision model needs at least one projection", {
      path: "parts",
    })
  }
  return folds.map(({ part: { projection, tags } }) => ({
    types: projection.types,
    ...(tags.length > 0 && { tags }),
  }))
}

class PartFold {
  readonly name: string
  readonly part: TaggedProjection<unknown>
  state: unknown

  constructor(name: string, part: TaggedProjection<unknown>) {
    this.name = name
    this.part = part
    this.state = part.projection.initial()
  }

  add(event: RecordedEvent): void {
    const { projection, tags } = this.part
    if (tags.every((tag) => event.tags.includes(tag))) this.state = projection.evolve(this.state, event)
  }
}

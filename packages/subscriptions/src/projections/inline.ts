import type { Operation, RecordedEvent, UnitOfWork } from "@annals/core"
import { matches } from "./matches.ts"
import { liveCopy } from "./projection-target.ts"
import type { StoredProjection } from "./stored-projection.ts"

/** For the `before` of an append, or of a repository. */
export type InlineHook<Tx> = (unitOfWork: UnitOfWork<Tx>, events: readonly RecordedEvent[]) => Promise<void>

/**
 * Projects what is appended inside the append's transaction: whoever reads events that were committed reads rows that know of them. When a handler
 * fails, nothing is appended. It costs each append the writing of the rows, and appends that concern the same rows wait for each other.
 *
 * Use it for all appends of these events or for none: what is appended without it is missing in the rows. A projection runs inline or as a
 * subscription, not both.
 *
 * @example
 * await store.append(accounts.stream("alice"), [deposited({ cents: 500 })], { before: inline(balances) })
 * @example
 * const accounts = createRepository(store, account, { before: inline(balances) })
 */
export function inline<Tx = unknown>(...projections: readonly StoredProjection<Tx>[]): InlineHook<Tx> {
  return async (unitOfWork, events) => {
    for (const projection of projections) {
      const own = events.filter((event) => matches(projection.filter, event))
      if (own.length > 0) await project(projection, unitOfWork, own)
    }
  }
}

function project<Tx>(
  { name, target }: StoredProjection<Tx>,
  unitOfWork: UnitOfWork<Tx>,
  events: readonly RecordedEvent[],
): Promise<void> {
  // An append under way isn't given up.
  const { signal } = new AbortController()
  const run = () => target.apply(unitOfWork, liveCopy, events, signal)
  const { observer, name: system, tenant = "" } = unitOfWork.events
  if (observer === undefined) return run()
  const operation: Operation = {
    name: "project",
    system,
    tenant,
    subject: name,
    eventTypes: events.map(({ type }) => type),
    eventCount: events.length,
    causes: events.map(({ metadata }) => metadata),
    metadata: {},
  }
  return observer.around(operation, run)
}

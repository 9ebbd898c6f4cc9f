import { defineEvent, defineEvents, type EventStore, type EventType, streamId, type } from "@annals/core"
import { claimDeadline, type DueDeadline, nextDeadlines } from "./deadline-table.ts"

const pageSize = 20

/** What a look at the deadlines of a store came to. */
export interface Look {
  /** Epoch milliseconds of the first that isn't over. */
  readonly nextDueAt: number | undefined
  /** A deadline, or all of them, could not be recorded; it stays. */
  readonly error: unknown
}

/** Who looks. */
export interface Looker {
  goesOn(): boolean
  recorded(): void
}

/** Records all deadlines that are over, in the order of their times. One that can't be recorded holds no other back. */
export async function recordDeadlines<Tx>(store: EventStore<Tx>, looker: Looker): Promise<Look> {
  let error: unknown
  let after: string | undefined
  for (;;) {
    const { found, next } = await nextDeadlines(store, pageSize, after)
    for (const due of found) {
      if (!looker.goesOn() || due.dueAt > store.clock.now()) return { nextDueAt: due.dueAt, error }
      try {
        if (await recordDeadline(store, due)) looker.recorded()
      } catch (failure) {
        error = failure
      }
    }
    if (next === undefined) return { nextDueAt: undefined, error }
    after = next
  }
}

/** The transaction that takes the deadline from those that aren't over records its event: so there is one, however many run. */
async function recordDeadline<Tx>(store: EventStore<Tx>, due: DueDeadline): Promise<boolean> {
  return store.transaction(async (unitOfWork) => {
    const deadline = await claimDeadline(unitOfWork, due)
    if (deadline === undefined) return false
    const { tenant, category, process, id, dueAt, event } = deadline
    const { type: name, schemaVersion, metadata, ...rest } = event
    await unitOfWork
      .forTenant(tenant)
      .events.append(
        streamId(category, process),
        [{ ...rest, type: name, occurredAt: dueAt, metadata: { ...metadata, deadline: id } }],
        { events: defineEvents([typeOf(name, schemaVersion)]) },
      )
    return true
  })
}

/** The runner needn't know the types: an event is recorded in the version in which it was scheduled, and upcast on reading like any other. */
function typeOf(name: string, version: number): EventType<string> {
  let eventType = defineEvent(name, type<unknown>())
  for (let next = 2; next <= version; next++)
    eventType = eventType.nextVersion(type<unknown>(), (data) => data)
  return eventType
}

import { type AppendBatch, type EventQuery, matchesQuery } from "@annals/core"

/** Whether an event of a batch matches a query of a tenant. */
export function matchesBatch(query: EventQuery, tenant: string, batch: AppendBatch): boolean {
  return (
    batch.tenant === tenant &&
    batch.streams.some(({ events }) => events.some((event) => matchesQuery(query, event)))
  )
}

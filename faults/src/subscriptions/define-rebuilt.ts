import { defineEvent, type RecordedEvent, type } from "@annals/core"
import { defineTableProjection, type TableContext, type TableProjection } from "@annals/subscriptions"
import type { PoolClient } from "pg"
import { handleEvent, type ModelWork } from "./handle-event.ts"
import { createCounts, createRows, tablesOf } from "./read-model.ts"

/** Everything that is appended in a round, or in a test. */
const events = ["noted", "moved", "counted", "booked", "tallied", "tested"].map((name) =>
  defineEvent(name, type<object>()),
)

/** The read model that can be made anew: two tables that belong to a projection. */
export function defineRebuilt(work: ModelWork): TableProjection<"rebuilt", PoolClient> {
  const { rows, counts } = tablesOf(work.modelSchema, "rebuilt")
  const handle = (event: RecordedEvent, { tx, tables }: TableContext<PoolClient, string>) => {
    const own = { rows: tables[rows] as string, counts: tables[counts] as string }
    return handleEvent("rebuilt", event, tx, own, work)
  }
  return defineTableProjection("rebuilt", {
    execute: (tx: PoolClient, sql: string) => tx.query(sql),
    tables: { [rows]: createRows, [counts]: createCounts },
    events,
    on: Object.fromEntries(events.map((event) => [event.type, handle])),
  })
}

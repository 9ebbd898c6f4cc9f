import { describeStream, type RecordedEvent } from "@annals/core"
import type { ClientBase } from "pg"
import type { SubscriptionName } from "./round-plan.ts"

/** Two tables: nothing in them keeps an event from being there twice, so that what a subscription does wrong shows. */
export interface ModelTables {
  readonly rows: string
  readonly counts: string
}

/** Where the events of a subscription go. */
export function tablesOf(schema: string, subscription: SubscriptionName): ModelTables {
  return { rows: `${schema}.${subscription}_rows`, counts: `${schema}.${subscription}_counts` }
}

export function createRows(table: string): string {
  return `CREATE TABLE ${table} (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    stream text NOT NULL,
    position bigint NOT NULL,
    instance text NOT NULL
  )`
}

export function createCounts(table: string): string {
  return `CREATE TABLE ${table} (stream text PRIMARY KEY, events integer NOT NULL, last_version integer NOT NULL)`
}

/** What is there before any instance is; the tables of a projection aren't. */
export function createModels(schema: string): string {
  const tables = (["steady", "parking"] as const).flatMap((name) => {
    const { rows, counts } = tablesOf(schema, name)
    return [createRows(rows), createCounts(counts)]
  })
  return [
    `CREATE SCHEMA ${schema}`,
    ...tables,
    `CREATE TABLE ${schema}.poison (event_id text PRIMARY KEY)`,
  ].join("; ")
}

/** Where an event goes, and who puts it there. */
interface ModelWriter {
  readonly subscription: SubscriptionName
  readonly schema: string
  readonly tables: ModelTables
  readonly instance: string
}

/** How an event gets into a read model. Tests put broken ones in its place. */
export type Project = (tx: ClientBase, event: RecordedEvent, writer: ModelWriter) => Promise<void>

/** One row for each event, and one count for each stream. */
export const projectEvent: Project = async (tx, event, { subscription, schema, tables, instance }) => {
  if (subscription === "parking") await refusePoison(tx, event, schema)
  const stream = describeStream(event.stream)
  await tx.query(
    `INSERT INTO ${tables.rows} (event_id, stream, position, instance) VALUES ($1, $2, $3, $4)`,
    [event.id, stream, event.position, instance],
  )
  await tx.query(
    `INSERT INTO ${tables.counts} AS c VALUES ($1, 1, $2)
      ON CONFLICT (stream) DO UPDATE SET events = c.events + 1, last_version = $2`,
    [stream, event.version],
  )
}

async function refusePoison(tx: ClientBase, event: RecordedEvent, schema: string): Promise<void> {
  const { rowCount } = await tx.query(`SELECT FROM ${schema}.poison WHERE event_id = $1`, [event.id])
  if (rowCount !== 0) throw new Error(`${event.id} can't be taken before it is repaired`)
}

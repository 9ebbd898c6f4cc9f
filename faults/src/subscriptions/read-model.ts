import { describeStream, type RecordedEvent } from "@annals/core"
import type { ClientBase } from "pg"
import type { SubscriptionName } from "./round-plan.ts"

/** Nothing in it keeps an event from being there twice: what a subscription does wrong shows. */
export function readModelTables(schema: string): string {
  return `
    CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.rows (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      subscription text NOT NULL,
      event_id text NOT NULL,
      stream text NOT NULL,
      position bigint NOT NULL,
      instance text NOT NULL
    );
    CREATE TABLE ${schema}.counts (
      subscription text NOT NULL,
      stream text NOT NULL,
      events integer NOT NULL,
      last_version integer NOT NULL,
      PRIMARY KEY (subscription, stream)
    );
    CREATE TABLE ${schema}.poison (event_id text PRIMARY KEY);
  `
}

/** Where an event goes, and who puts it there. */
export interface ModelWriter {
  readonly schema: string
  readonly subscription: SubscriptionName
  readonly instance: string
}

/** How an event gets into a read model. Tests put broken ones in its place. */
export type Project = (tx: ClientBase, event: RecordedEvent, writer: ModelWriter) => Promise<void>

/** One row for each event, and one count for each stream. */
export const projectEvent: Project = async (tx, event, { schema, subscription, instance }) => {
  if (subscription === "parking") await refusePoison(tx, event, schema)
  const stream = describeStream(event.stream)
  await tx.query(
    `INSERT INTO ${schema}.rows (subscription, event_id, stream, position, instance) VALUES ($1, $2, $3, $4, $5)`,
    [subscription, event.id, stream, event.position, instance],
  )
  await tx.query(
    `INSERT INTO ${schema}.counts AS c (subscription, stream, events, last_version) VALUES ($1, $2, 1, $3)
      ON CONFLICT (subscription, stream) DO UPDATE SET events = c.events + 1, last_version = $3`,
    [subscription, stream, event.version],
  )
}

async function refusePoison(tx: ClientBase, event: RecordedEvent, schema: string): Promise<void> {
  const { rowCount } = await tx.query(`SELECT FROM ${schema}.poison WHERE event_id = $1`, [event.id])
  if (rowCount !== 0) throw new Error(`${event.id} can't be taken before it is repaired`)
}

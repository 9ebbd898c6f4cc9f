import { createPostgresStore, type PostgresStore } from "@annals/store-postgres"
import { Client } from "pg"
import type { StoredFact } from "../check/run-record.ts"
import type { PostgresLocation } from "../postgres/access-postgres.ts"
import { HangingCommits } from "../postgres/backends.ts"
import { readOutcome } from "../stores/read-outcome.ts"
import type { ModelRecord, ModelRow, StreamCount } from "./model-record.ts"
import { createModels, tablesOf } from "./read-model.ts"
import { subscriptionNames } from "./round-plan.ts"

const retryForMs = 10_000

/** Where the events and the read models of one round are kept. */
export interface RoundSite extends AsyncDisposable {
  readonly url: string
  /** For whoever isn't an instance. */
  readonly store: PostgresStore
  /** For what the store doesn't tell. */
  readonly client: Client
  /** The store's. */
  readonly schema: string
  readonly modelSchema: string
  locationFor(process: string): PostgresLocation
  /** What the server calls a process's connections. */
  connectionName(process: string): string
  /** What is there when all processes are gone. */
  readOutcome(): Promise<RoundOutcome>
}

/** What the log holds, and what was made of it. */
export interface RoundOutcome {
  readonly stored: readonly StoredFact[]
  readonly streams: ReadonlyMap<string, readonly StoredFact[]>
  readonly models: readonly ModelRecord[]
}

/** Two schemas of one server: the store's, and one for the read models. */
export async function openRoundSite(url: string, schema: string): Promise<RoundSite> {
  await using opening = new AsyncDisposableStack()
  const modelSchema = `${schema}_model`
  const connectionName = (process: string) => `annals-faults ${schema} ${process}`
  const locationFor = (process: string): PostgresLocation => {
    const named = new URL(url)
    named.searchParams.set("application_name", connectionName(process))
    return { connectionString: named.href, schema, retryForMs }
  }
  const client = opening.adopt(new Client({ connectionString: url }), (connected) => connected.end())
  await client.connect()
  await client.query(createModels(modelSchema))
  const store = opening.use(createPostgresStore(locationFor("round")))
  await store.migrate()
  opening.use(new HangingCommits(url))
  const open = opening.move()
  return {
    url,
    store,
    client,
    schema,
    modelSchema,
    locationFor,
    connectionName,
    async readOutcome() {
      const { stored, streams } = await readOutcome(store)
      return { stored, streams, models: await readModels(client, modelSchema) }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function readModels(client: Client, schema: string): Promise<ModelRecord[]> {
  const models: ModelRecord[] = []
  for (const subscription of subscriptionNames) {
    const tables = tablesOf(schema, subscription)
    const rows = await client.query<ModelRow>(
      `SELECT event_id AS id, stream, position::integer, instance FROM ${tables.rows} ORDER BY sequence`,
    )
    const counts = await client.query<StreamCount>(
      `SELECT stream, events, last_version AS "lastVersion" FROM ${tables.counts} ORDER BY stream`,
    )
    models.push({ subscription, rows: rows.rows, counts: counts.rows })
  }
  return models
}

/** From now on `parking` can't take these events. */
export async function addPoison({ client, modelSchema }: RoundSite, ids: readonly string[]): Promise<void> {
  await client.query(`INSERT INTO ${modelSchema}.poison SELECT unnest($1::text[])`, [ids])
}

/** From now on everything can be taken. */
export async function repair({ client, modelSchema }: RoundSite): Promise<void> {
  await client.query(`DELETE FROM ${modelSchema}.poison`)
}

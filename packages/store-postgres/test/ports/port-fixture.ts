import { randomUUID } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import type { StorePorts } from "@annals/core"
import { createFakeClock, type FakeClock } from "@annals/testing"
import { Client, type ClientConfig, type CustomTypesConfig, Pool, type PoolClient } from "pg"
import { createPostgresPorts } from "../../src/ports/postgres-ports.ts"
import { quoteIdentifier } from "../../src/sql/identifier.ts"
import type { SqlRow, SqlRunner, SqlValue } from "../../src/sql/sql-runner.ts"
import { inSchema, type Statement } from "../../src/sql/statement.ts"

/** The ports on a schema of their own, without the store around them: what statements do is seen here, alone and in transactions. */
export interface PortFixture extends AsyncDisposable {
  readonly ports: StorePorts
  readonly clock: FakeClock
  readonly schema: string
  forTenant(tenant: string): StorePorts
  /** The ports of a transaction on a connection of its own. */
  begin(isolation?: string): Promise<PortTransaction>
  query(sql: string): Promise<readonly SqlRow[]>
  /** Until so many connections wait for a lock that another one holds. */
  untilWaiting(count: number): Promise<void>
}

interface PortTransaction {
  readonly ports: StorePorts
  readonly client: PoolClient
  commit(): Promise<void>
  rollback(): Promise<void>
}

const types: CustomTypesConfig = { getTypeParser: () => (text: string) => text }

export async function createPortFixture(url: string): Promise<PortFixture> {
  const name = `ports "${randomUUID()}"`
  const schema = quoteIdentifier(name)
  const config: ClientConfig = { connectionString: url, application_name: name }
  await migrate(url, schema)
  const pool = new Pool({ ...config, max: 20 })
  pool.on("error", () => {})
  const clock = createFakeClock()
  const runnerOn = (client: Pool | PoolClient): SqlRunner => ({
    run: (statement, values) => run(client, schema, statement, values),
    atomically: () => Promise.reject(new Error("no port needs more than one statement")),
  })
  const query = async (text: string) =>
    (await pool.query<(string | null)[]>({ text: inSchema(text, schema), types, rowMode: "array" })).rows
  return {
    ports: createPostgresPorts(runnerOn(pool), "", clock),
    clock,
    schema,
    forTenant: (tenant) => createPostgresPorts(runnerOn(pool), tenant, clock),
    query,
    async begin(isolation = "READ COMMITTED") {
      const client = await pool.connect()
      await client.query(`BEGIN ISOLATION LEVEL ${isolation}`)
      const end = async (how: string) => {
        await client.query(how)
        client.release()
      }
      return {
        ports: createPostgresPorts(runnerOn(client), "", clock),
        client,
        commit: () => end("COMMIT"),
        rollback: () => end("ROLLBACK"),
      }
    },
    async untilWaiting(count) {
      const text =
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'"
      for (;;) {
        const { rows } = await pool.query({ text, values: [name], types, rowMode: "array" })
        if (Number(rows[0]?.[0]) === count) return
        await sleep(5)
      }
    },
    async [Symbol.asyncDispose]() {
      await pool.end()
      await withClient(url, (client) => client.query(`DROP SCHEMA ${schema} CASCADE`))
    },
  }
}

async function run(
  client: Pool | PoolClient,
  schema: string,
  { name, text }: Statement,
  values: readonly SqlValue[],
): Promise<readonly SqlRow[]> {
  const config = { name, text: inSchema(text, schema), values: [...values], types, rowMode: "array" as const }
  return (await client.query<(string | null)[]>(config)).rows
}

async function migrate(url: string, schema: string): Promise<void> {
  const folder = new URL("../../migrations/", import.meta.url)
  await withClient(url, async (client) => {
    await client.query(`CREATE SCHEMA ${schema}`)
    for (const file of readdirSync(folder).sort()) {
      await client.query(inSchema(readFileSync(new URL(file, folder), "utf8"), schema))
    }
  })
}

async function withClient(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

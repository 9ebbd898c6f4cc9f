import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from "@annals/store-postgres"
import pg, { type Pool, type PoolClient } from "pg"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { dropDatabase } from "./drop-database.ts"

/** A database of a suite's own, with a new schema for each of its tests. */
export interface FreshDatabase {
  readonly name: string
  readonly url: string
  /** Of the test. */
  readonly schema: string
  /** The test's own connections, beside those of its stores. */
  readonly pool: Pool
  /** A store in the test's schema, unless said otherwise; closed when the test ends. */
  open(options?: Partial<PostgresStoreOptions>): PostgresStore
  query(sql: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** A connection of the test with an open transaction, which is rolled back at the latest when the test ends. */
  begin(sql?: string): Promise<PoolClient>
  /** A role that goes with the database, which may do everything in the test's schema; returns a URL that logs in as it. */
  createRole(attributes?: string): Promise<{ readonly role: string; readonly url: string }>
  /** Until so many connections of this database wait for a lock. */
  untilWaiting(count: number): Promise<void>
}

export const rolePassword = "s3cret-of-a-role"

/** Called in a suite. */
export function freshDatabase(serverUrl: string): FreshDatabase {
  const name = `annals_${randomBytes(6).toString("hex")}`
  const url = withDatabase(serverUrl, name)
  let pool: Pool
  let schema = ""
  const stores: PostgresStore[] = []
  const open: PoolClient[] = []
  const roles: string[] = []

  beforeAll(async () => {
    await onServer(serverUrl, [`CREATE DATABASE ${name}`])
    pool = new pg.Pool({ connectionString: url, max: 20 })
    pool.on("error", () => {}) // a test may end its connections
  }, 60_000)
  beforeEach(() => {
    schema = `s_${randomBytes(6).toString("hex")}`
  })
  afterEach(async () => {
    // Broken off: stores that still wait for what a test has locked are let go by that.
    for (const client of open.splice(0)) client.release(true)
    await Promise.all(stores.splice(0).map((store) => store.close()))
  }, 60_000)
  afterAll(async () => {
    for (const role of roles) await query(`DROP OWNED BY ${role} CASCADE`)
    await pool.end()
    await dropDatabase(serverUrl, name, roles)
  }, 60_000)

  async function query(sql: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await pool.query<Record<string, unknown>>(sql, [...values])).rows
  }

  return {
    name,
    url,
    get schema() {
      return schema
    },
    get pool() {
      return pool
    },
    query,
    open(options = {}) {
      const access = options.pool === undefined ? { connectionString: url } : {}
      const store = createPostgresStore({ ...access, schema, migrate: "auto", listen: false, ...options })
      stores.push(store)
      return store
    },
    async begin(sql = "BEGIN") {
      const client = await pool.connect()
      client.on("error", () => {})
      open.push(client)
      await client.query(sql)
      return client
    },
    async createRole(attributes = "") {
      const role = `role_${randomBytes(6).toString("hex")}`
      roles.push(role)
      await query(`CREATE ROLE ${role} LOGIN PASSWORD '${rolePassword}' ${attributes}`)
      const [found] = await query("SELECT FROM pg_namespace WHERE nspname = $1", [schema])
      if (found !== undefined) {
        for (const all of ["TABLES", "SEQUENCES"])
          await query(`GRANT ALL ON ALL ${all} IN SCHEMA ${schema} TO ${role}`)
        await query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`)
      }
      const ofRole = new URL(url)
      ofRole.username = role
      ofRole.password = rolePassword
      return { role, url: ofRole.href }
    },
    async untilWaiting(count) {
      for (;;) {
        const [row] = await query(
          "SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
          [name],
        )
        if (row?.waiting === count) return
        await sleep(5)
      }
    },
  }
}

/** The error with which something must fail. */
export async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    (value) => {
      throw new Error(`succeeded with ${JSON.stringify(value)}`)
    },
    (error: Error) => error,
  )
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

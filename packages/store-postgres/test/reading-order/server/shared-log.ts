import { randomUUID } from "node:crypto"
import { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from "@annals/store-postgres"
import pg, { type PoolClient } from "pg"

/** A store in a schema of its own, and connections of callers. */
export interface SharedLog extends AsyncDisposable {
  readonly url: string
  readonly schema: string
  readonly store: PostgresStore
  readonly pool: pg.Pool
  /** Another handle, as another process would have it. */
  open(options?: Partial<PostgresStoreOptions>): PostgresStore
  /** A connection of a caller with an open transaction. What isn't ended is rolled back in the end. */
  begin(): Promise<PoolClient>
  /** Ends a caller's transaction by this statement. */
  end(client: PoolClient, statement: string): Promise<void>
}

export async function createSharedLog(url: string): Promise<SharedLog> {
  const schema = `reading_${randomUUID()}`
  const pool = new pg.Pool({ connectionString: url, max: 8 })
  // An idle connection that breaks when a test kills the server is no failure.
  pool.on("error", () => {})
  const handles: PostgresStore[] = []
  const callers = new Set<PoolClient>()
  const open = (options: Partial<PostgresStoreOptions> = {}) => {
    const handle = createPostgresStore({
      connectionString: url,
      schema,
      migrate: "auto",
      listen: false,
      ...options,
    })
    handles.push(handle)
    return handle
  }
  const store = open()
  await store.migrate()
  return {
    url,
    schema,
    store,
    pool,
    open,
    async begin() {
      const client = await pool.connect()
      callers.add(client)
      await client.query("BEGIN")
      return client
    },
    async end(client, statement) {
      await client.query(statement)
      callers.delete(client)
      client.release()
    },
    async [Symbol.asyncDispose]() {
      for (const client of callers) client.release(true)
      for (const handle of handles) await handle.close()
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
      await pool.end()
    },
  }
}

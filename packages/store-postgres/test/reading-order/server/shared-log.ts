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
  /** A connection of a caller with an open transaction. */
  begin(): Promise<PoolClient>
}

export async function createSharedLog(url: string): Promise<SharedLog> {
  const schema = `reading_${randomUUID()}`
  const pool = new pg.Pool({ connectionString: url, max: 8 })
  const handles: PostgresStore[] = []
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
      await client.query("BEGIN")
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const handle of handles) await handle.close()
      await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
      await pool.end()
    },
  }
}

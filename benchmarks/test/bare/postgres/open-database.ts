import { Pool } from "pg"
import { createDatabase } from "../../../src/suites/postgres/create-database.ts"

/** Connections to a new database, which goes with them. */
export async function openDatabase(name: string): Promise<Pool & AsyncDisposable> {
  const database = await createDatabase(name)
  const pool = new Pool({ connectionString: database.url })
  return Object.assign(pool, {
    [Symbol.asyncDispose]: async () => {
      await pool.end()
      await database[Symbol.asyncDispose]()
    },
  })
}

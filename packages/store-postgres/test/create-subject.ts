import { randomBytes } from "node:crypto"
import { createPostgresStore } from "@annals/store-postgres"
import type { CreateSubject } from "@annals/testing"
import pg, { type PoolClient } from "pg"

/** Stores in schemas of their own. */
export function createSubjectsIn(url: string): CreateSubject<PoolClient> {
  const connectionString = withoutWaitingForDisk(url)
  return async (options = {}) => {
    const schema = `conformance ${randomBytes(6).toString("hex")}`
    const pool = new pg.Pool({ connectionString, max: 4 })
    const opened: AsyncDisposable[] = []
    const open = () => {
      const store = createPostgresStore({ ...options, connectionString, schema, migrate: "auto" })
      opened.push(store)
      return store
    }
    const store = open()
    return {
      store,
      reopen: async () => {
        await store.close()
        return open()
      },
      secondHandle: async () => open(),
      beginTransaction: async () => {
        await store.migrate()
        const tx = await pool.connect()
        await tx.query("BEGIN")
        const end = async (how: string) => {
          await tx.query(how)
          tx.release()
        }
        return { tx, commit: () => end("COMMIT"), rollback: () => end("ROLLBACK") }
      },
      async [Symbol.asyncDispose]() {
        for (const handle of opened) await handle[Symbol.asyncDispose]()
        await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
        await pool.end()
      },
    }
  }
}

/** Nothing here is about crashes, and hundreds of fresh schemas wait for little else than the disk. */
export function withoutWaitingForDisk(url: string): string {
  const fast = new URL(url)
  fast.searchParams.set("options", "-c synchronous_commit=off")
  return fast.href
}

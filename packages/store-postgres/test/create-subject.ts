import { recycledSchemas } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import type { CreateSubject } from "@annals/testing"
import pg, { type PoolClient } from "pg"

/** Stores in schemas of their own. Called in a suite. */
export function createSubjectsIn(url: string): CreateSubject<PoolClient> {
  const connectionString = withoutWaitingForDisk(url)
  const schemas = recycledSchemas(connectionString, {
    prefix: "conformance ",
    keep: ["migrations"],
    create: async (schema) => {
      await using store = createPostgresStore({ connectionString, schema })
      await store.migrate()
    },
  })
  return async (options = {}) => {
    const schema = await schemas.take()
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
        await pool.end()
        await schemas.giveBack(schema)
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

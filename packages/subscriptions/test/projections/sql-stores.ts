import { randomBytes } from "node:crypto"
import { DatabaseSync } from "node:sqlite"
import type { EventStore } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, vi } from "vitest"

/** The transaction of either driver. */
export type SqlTx = DatabaseSync | PostgresTx

/** What is used of a `pg` client. */
interface PostgresTx {
  query(sql: string, values?: unknown[]): Promise<{ readonly rows: unknown[] }>
}

/** A store, and SQL on its database. */
interface SqlScene extends AsyncDisposable {
  readonly store: EventStore<SqlTx>
}

export type OpenSqlScene = () => SqlScene

/** Every test of `body` on every store with SQL. */
export function describeSqlStores(name: string, body: (open: OpenSqlScene) => void): void {
  vi.setConfig({ testTimeout: 30_000 })
  describe(name, () => {
    describe("on sqlite", () => body(openSqlite))
    usingService("postgres", (url) => body(() => openPostgres(url)))
  })
}

/** Runs a statement, with `?` for each parameter. */
export async function runSql(tx: SqlTx, sql: string, ...values: (string | number)[]): Promise<unknown[]> {
  if (tx instanceof DatabaseSync) return tx.prepare(sql).all(...values)
  let count = 0
  const numbered = sql.replaceAll("?", () => `$${++count}`)
  return (await tx.query(numbered, values)).rows
}

/** What a query finds, outside of any transaction. */
export const query = (store: EventStore<SqlTx>, sql: string) => store.transaction(({ tx }) => runSql(tx, sql))

function openSqlite(): SqlScene {
  const store = createSqliteStore({ file: ":memory:" }) as unknown as EventStore<SqlTx>
  return { store, [Symbol.asyncDispose]: () => store.close() }
}

function openPostgres(url: string): SqlScene {
  const schema = `projections_${randomBytes(6).toString("hex")}`
  const own = new URL(url)
  // Tables of projections go to the test's own schema.
  own.searchParams.set("options", `-c synchronous_commit=off -c search_path=${schema}`)
  const open = () =>
    createPostgresStore({
      connectionString: own.href,
      schema,
      migrate: "auto",
    }) as unknown as EventStore<SqlTx>
  const store = open()
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close()
      await using cleaning = open()
      await cleaning.transaction(({ tx }) => runSql(tx, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`))
    },
  }
}

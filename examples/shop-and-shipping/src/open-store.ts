import type { EventStore } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"

/** A database of the service's own: a file of SQLite, or a schema of PostgreSQL with the service's name. */
export function openStore(database: string, service: string): EventStore {
  if (!/^postgres(ql)?:/.test(database)) return createSqliteStore({ file: database, logger: console })
  return createPostgresStore({
    connectionString: database,
    schema: service,
    migrate: "auto",
    logger: console,
  })
}

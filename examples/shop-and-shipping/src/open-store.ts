import type { EventStore, Observer } from "@annals/core"

/** A database of the service's own: a file of SQLite, or a schema of PostgreSQL with the service's name. */
export async function openStore(database: string, service: string, observer?: Observer): Promise<EventStore> {
  const options = { logger: console, ...(observer && { observer }) }
  if (!/^postgres(ql)?:/.test(database)) {
    const { createSqliteStore } = await import("@annals/store-sqlite")
    return createSqliteStore({ ...options, file: database })
  }
  const { createPostgresStore } = await import("@annals/store-postgres")
  return createPostgresStore({ ...options, connectionString: database, schema: service, migrate: "auto" })
}

import type { EventStore } from "@annals/core"

/** A database of the service's own: a file of SQLite, or a schema of PostgreSQL with the service's name. */
export async function openStore(database: string, service: string): Promise<EventStore> {
  if (!/^postgres(ql)?:/.test(database)) {
    const { createSqliteStore } = await import("@annals/store-sqlite")
    return createSqliteStore({ file: database, logger: console })
  }
  const { createPostgresStore } = await import("@annals/store-postgres")
  const options = { connectionString: database, schema: service, migrate: "auto" } as const
  return createPostgresStore({ ...options, logger: console })
}

import type { EventStore } from "@annals/core"
import { createPostgresStore } from "@annals/store-postgres"
import { createSqliteStore } from "@annals/store-sqlite"
import type { Settings } from "./settings.ts"

/** SQLite, or PostgreSQL where its URL is given: nothing else in the application knows which. */
export function openStore({ ORDERS_DATABASE_URL, ORDERS_SCHEMA, ORDERS_FILE }: Settings): EventStore {
  if (ORDERS_DATABASE_URL === undefined) return createSqliteStore({ file: ORDERS_FILE, logger: console })
  return createPostgresStore({
    connectionString: ORDERS_DATABASE_URL,
    schema: ORDERS_SCHEMA,
    migrate: "auto",
    logger: console,
  })
}

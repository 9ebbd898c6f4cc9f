import { createSqliteStore } from "@annals/store-sqlite"

/** A process that sets up a store and ends. */
await using store = createSqliteStore({ file: process.argv[2] as string })
await store.migrate()

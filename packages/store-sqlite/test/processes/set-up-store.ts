// node set-up-store.ts FILE: sets up a store and ends.
import { createSqliteStore } from "@annals/store-sqlite"

await using store = createSqliteStore({ file: process.argv[2] as string })
await store.migrate()

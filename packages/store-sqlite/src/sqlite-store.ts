import type { DatabaseSync } from "node:sqlite"
import type { EventStore } from "@annals/core"

/** An `EventStore` in SQLite. A unit of work's `tx` is the `DatabaseSync` whose transaction it is. */
export interface SqliteStore extends EventStore<DatabaseSync> {}

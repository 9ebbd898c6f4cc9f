import type { EventStore } from "@annals/core"
import type { PoolClient } from "pg"

/** A store in a PostgreSQL database. A unit of work's `tx` is the `pg` client whose transaction it is. */
export type PostgresStore = EventStore<PoolClient>

import { randomUUID } from "node:crypto"
import { createStore, harmlessLogger, systemClock } from "@annals/core"
import { EventKeys } from "./events/event-keys.ts"
import { type PostgresStoreOptions, resolvePostgresOptions } from "./options.ts"
import { PostgresDatabase } from "./postgres-database.ts"
import { createPostgresDriver } from "./postgres-driver.ts"
import type { PostgresStore } from "./postgres-store.ts"
import { settledDraws, settledPosition } from "./statements/read.ts"
import { channelName } from "./wake-ups/channel-name.ts"
import { notifyStatement } from "./wake-ups/notify-statement.ts"
import { createListenConnector } from "./wake-ups/open-listen-connection.ts"
import { backgroundClock } from "./wake-ups/pause.ts"
import { PostgresWakeUps } from "./wake-ups/postgres-wake-ups.ts"

/**
 * A store in a schema of a PostgreSQL database, version 13 or later. Any number of processes may use it at the same time.
 *
 * Nothing is connected before the first use. That fails with `NOT_MIGRATED` (see the option `migrate`), `SCHEMA_TOO_NEW`, `NOT_A_STORE`,
 * `STORE_UNAVAILABLE`, `STORE_BUSY`, `STORE_READ_ONLY`, `STORE_FULL` or `STORE_CORRUPT`; options out of range are `INVALID_OPTION` at once.
 *
 * @example
 * await using store = createPostgresStore({ connectionString: "postgres://localhost/bank", migrate: "auto" })
 * await store.append(streamId("account", "alice"), [{ type: "opened", data: { owner: "Alice" } }])
 */
export function createPostgresStore(options: PostgresStoreOptions): PostgresStore {
  const clock = options.clock ?? systemClock
  const settings = resolvePostgresOptions(options)
  const database = new PostgresDatabase(settings, clock)
  const channel = channelName(settings.schema)
  // Behind policies a connection that is bound to no tenant sees no event.
  const lookedAt = settings.rowLevelSecurity ? settledDraws : settledPosition
  const wakeUps = new PostgresWakeUps({
    head: async () => Number((await database.tryOnce(lookedAt, []))[0]?.[0]),
    notify: async (payload) => void (await database.tryOnce(notifyStatement, [channel, payload])),
    connect: createListenConnector(database.pool.options, channel),
    settings: settings.wakeUps,
    handleId: randomUUID(),
    clock: backgroundClock,
    random: Math.random,
    logger: options.logger && harmlessLogger(options.logger),
  })
  return createStore(createPostgresDriver(database, new EventKeys(), wakeUps, clock), options)
}

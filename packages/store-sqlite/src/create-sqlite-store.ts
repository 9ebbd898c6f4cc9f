import { createStore, systemClock } from "@annals/core"
import { backupFile } from "./backup-file.ts"
import { checkIntegrity } from "./check-integrity.ts"
import { resolveSqliteOptions, type SqliteStoreOptions } from "./options.ts"
import { SqliteDatabase } from "./sqlite-database.ts"
import { createSqliteDriver } from "./sqlite-driver.ts"
import type { SqliteStore } from "./sqlite-store.ts"

/**
 * A store in one SQLite file, or in memory, on the SQLite that comes with Node. Several processes may use one file at the same time.
 *
 * The file is opened, and created where it isn't there, by the first use. That fails with `NOT_A_STORE`, `SCHEMA_TOO_NEW`,
 * `STORE_BUSY`, `STORE_READ_ONLY`, `STORE_FULL`, `STORE_CORRUPT` or `STORE_UNAVAILABLE`; options out of range are
 * `INVALID_OPTION` at once.
 *
 * @example
 * await using store = createSqliteStore({ file: "bank.db" })
 * await store.append(streamId("account", "alice"), [{ type: "opened", data: { owner: "Alice" } }])
 */
export function createSqliteStore(options: SqliteStoreOptions): SqliteStore {
  const clock = options.clock ?? systemClock
  const settings = resolveSqliteOptions(options)
  const database = new SqliteDatabase(settings, clock)
  return {
    ...createStore(createSqliteDriver(database, clock), options),
    checkIntegrity: () => database.maintain(() => checkIntegrity(settings.location)),
    backup: (file, options = {}) => database.maintain(() => backupFile(settings.location, file, options)),
  }
}

import { DatabaseSync } from "node:sqlite"
import type { Clock } from "@annals/core"
import { AnnalsError } from "@annals/core"
import { migrations } from "./generated/migrations.ts"
import { inspectFile, latestVersion, runMigrations, schemaVersion } from "./migrate.ts"
import type { SqliteSettings } from "./options.ts"
import { retryWhileBusy } from "./retry-while-busy.ts"

/** The two connections of a store: appends and units of work go through one, reads outside of them through the other. */
export interface OpenDatabase {
  readonly writer: DatabaseSync
  readonly reader: DatabaseSync
}

/** Opens the file, creates or upgrades its schema. Nothing is left open after an error. */
export async function openDatabase(settings: SqliteSettings, clock: Clock): Promise<OpenDatabase> {
  const retry = <Result>(attempt: () => Result) => retryWhileBusy(clock, settings.busyTimeoutMs, attempt)
  const writer = await retry(() => openConnection(settings, settings.readOnly))
  try {
    await prepareFile(writer, settings, retry)
    return { writer, reader: await retry(() => openConnection(settings, true)) }
  } catch (error) {
    writer.close()
    throw error
  }
}

/** Replacing a row fires its delete trigger only with recursive triggers: without them INSERT OR REPLACE would get past it. */
export const refuseReplacing = "PRAGMA recursive_triggers = ON"

function openConnection(
  { location, inMemory, durability, cacheSizeKiB }: SqliteSettings,
  readOnly: boolean,
): DatabaseSync {
  const db = new DatabaseSync(location, { readOnly, timeout: 0 })
  try {
    db.exec(`
      PRAGMA synchronous = ${durability};
      PRAGMA cache_size = -${cacheSizeKiB};
      ${refuseReplacing};
      PRAGMA temp_store = MEMORY;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
      PRAGMA journal_size_limit = ${maxIdleWalBytes}`)
    // Pages of an unfinished transaction must not get into what readers see.
    if (inMemory) db.exec("PRAGMA journal_mode = MEMORY; PRAGMA cache_spill = OFF")
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/**
 * Pages of the WAL, 16 MB, at which a commit copies them into the file. Commits of many small appends change the same pages over and
 * over: with SQLite's 1,000 each is copied four times as often.
 */
const checkpointPages = 4000
const maxIdleWalBytes = 64 * 1024 * 1024

async function prepareFile(
  db: DatabaseSync,
  settings: SqliteSettings,
  retry: <Result>(attempt: () => Result) => Promise<Result>,
): Promise<void> {
  const { file, readOnly, inMemory } = settings
  const known = latestVersion(migrations)
  const kind = await retry(() => inspectFile(db, file, known))
  if (kind === "store" && schemaVersion(db) === known) return
  if (readOnly) {
    throw new AnnalsError(
      "NOT_MIGRATED",
      `${file} has no schema of this version: open it once without readOnly`,
    )
  }
  if (!inMemory) await retry(() => useWal(db, file))
  await retry(() => db.exec("BEGIN IMMEDIATE"))
  try {
    runMigrations(db, file, migrations)
    db.exec("COMMIT")
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK")
    throw error
  }
}

/** Lasts with the file. Readers then see the last commit while the next one is written. */
function useWal(db: DatabaseSync, file: string): void {
  const row = db.prepare("PRAGMA journal_mode = WAL").get() as { journal_mode: string } | undefined
  if (row?.journal_mode === "wal") return
  throw new AnnalsError(
    "STORE_UNAVAILABLE",
    `${file} is on a file system that can't share memory between processes`,
  )
}

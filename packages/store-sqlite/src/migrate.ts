import type { DatabaseSync } from "node:sqlite"
import { notAStore, schemaTooNew } from "./errors.ts"
import type { Migration } from "./generated/migrations.ts"

/** Marks the file as ours: "Anls". */
const applicationId = 0x416e6c73

/** What a file is, before anything was written to it. Throws `NOT_A_STORE` and `SCHEMA_TOO_NEW`. */
export function inspectFile(db: DatabaseSync, file: string, known: number): "empty" | "store" {
  // In this order: another process may set the file up in between, and all of it is there at once.
  const tables = readNumber(db, "SELECT count(*) FROM sqlite_schema")
  const id = readNumber(db, "PRAGMA application_id")
  if (id === applicationId) {
    const found = schemaVersion(db)
    if (found > known) throw schemaTooNew(file, found, known)
    return "store"
  }
  if (id !== 0 || tables > 0) throw notAStore(file)
  return "empty"
}

export function schemaVersion(db: DatabaseSync): number {
  return readNumber(db, "PRAGMA user_version")
}

/** Runs what is missing, in the write transaction that is open; looks again, since another process may have been faster. */
export function runMigrations(db: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  inspectFile(db, file, latestVersion(migrations))
  const current = schemaVersion(db)
  const missing = migrations.filter(({ version }) => version > current)
  for (const { sql } of missing) db.exec(sql)
  if (missing.length > 0) {
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${latestVersion(migrations)}`)
  }
}

export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0
}

function readNumber(db: DatabaseSync, sql: string): number {
  const row = db.prepare(sql).get() as Record<string, number> | undefined
  return Object.values(row ?? {})[0] ?? 0
}

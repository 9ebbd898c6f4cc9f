import type { DatabaseSync } from "node:sqlite"
import type { EventStore } from "@annals/core"
import type { BackupOptions } from "./backup-file.ts"
import type { IntegrityReport } from "./check-integrity.ts"

/** An `EventStore` in SQLite. A unit of work's `tx` is the `DatabaseSync` whose transaction it is. */
export interface SqliteStore extends EventStore<DatabaseSync> {
  /**
   * Reads the whole file and looks for damage: SQLite's own check, and that versions, tags, correlations and positions agree with
   * the events. Runs on a thread of its own, about a second for a million events.
   */
  checkIntegrity(): Promise<IntegrityReport>
  /**
   * Copies the store, as it is at this moment, into a new file, while others read and write. The WAL can't shrink
   * meanwhile. Fails with `INVALID_OPTION` where the file is there already, `STORE_FULL`, `STORE_UNAVAILABLE`; then, and when it is
   * aborted, no file is left.
   *
   * @example
   * await using bank = createSqliteStore({ file: "bank.db" })
   * await bank.backup("bank-2026-02-01.db")
   */
  backup(file: string, options?: BackupOptions): Promise<void>
}

import { AnnalsError, type ErrorCode } from "@annals/core"

/** What `node:sqlite` throws for an error of SQLite. */
interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR"
  /** SQLite's extended result code. */
  readonly errcode: number
}

interface Translation {
  readonly code: ErrorCode
  readonly says: string
  readonly retryable?: boolean
}

/** By SQLite's primary result code. What isn't here is `STORE_FAILED`: above all a constraint is never taken for a conflict. */
const translations: Readonly<Record<number, Translation>> = {
  5: { code: "STORE_BUSY", says: "another process is writing to it: try again", retryable: true },
  6: { code: "STORE_BUSY", says: "another connection holds a lock on it: try again", retryable: true },
  8: { code: "STORE_READ_ONLY", says: "it can't be written: check its permissions and those of its folder" },
  10: { code: "STORE_UNAVAILABLE", says: "the disk reports an error" },
  11: { code: "STORE_CORRUPT", says: "it is damaged: restore a backup" },
  13: { code: "STORE_FULL", says: "the disk is full, or the database has reached its size limit: make room" },
  14: {
    code: "STORE_UNAVAILABLE",
    says: "it can't be opened: check that its folder exists and that both may be read and written",
  },
  15: { code: "STORE_BUSY", says: "too many processes use it at once: try again", retryable: true },
  18: { code: "EVENT_TOO_LARGE", says: "a value is larger than SQLite can hold" },
  26: { code: "NOT_A_STORE", says: "it is no SQLite database: choose another file" },
}

const busyCodes = [5, 15]

/** Says in an `AnnalsError` what SQLite said; passes on everything else. */
export function translateError(error: unknown, file: string): unknown {
  if (!isSqliteError(error)) return error
  const translation = translations[primaryCode(error)]
  if (translation === undefined) {
    return new AnnalsError("STORE_FAILED", `${file}: ${error.message}`, { cause: error })
  }
  const { code, says, retryable = false } = translation
  return new AnnalsError(code, `${file}: ${says} (${error.message})`, { cause: error, retryable })
}

/** Whether somebody else has the file's lock, who will let go of it. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && busyCodes.includes(primaryCode(error))
}

export function notAStore(file: string): AnnalsError {
  return new AnnalsError(
    "NOT_A_STORE",
    `${file} is a database of another application: choose another file, or a new one`,
  )
}

export function schemaTooNew(file: string, found: number, known: number): AnnalsError {
  const message = `${file} has schema version ${found}, this program knows up to ${known}: update @annals/store-sqlite`
  return new AnnalsError("SCHEMA_TOO_NEW", message, { expected: known, actual: found })
}

export function transactionEnded(): AnnalsError {
  return new AnnalsError(
    "CLOSED",
    "no transaction is open on this connection: it was committed or rolled back, or never begun",
  )
}

export function unitOfWorkEnded(): AnnalsError {
  return new AnnalsError("CLOSED", "this unit of work has ended: await all that is done in it")
}

export function foreignConnection(file: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `tx must be a connection to ${file}`, { path: "tx" })
}

function primaryCode(error: SqliteError): number {
  return error.errcode & 0xff
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as Partial<SqliteError>).code === "ERR_SQLITE_ERROR"
}

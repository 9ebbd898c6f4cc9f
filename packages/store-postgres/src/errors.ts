import { AnnalsError, type ErrorCode } from "@annals/core"

/** What `pg` throws for an error of the server, or of the connection to it. */
interface PostgresError extends Error {
  /** An SQLSTATE, or a code of Node such as `ECONNREFUSED`. */
  readonly code?: string
  /** The index that a row would have been twice in. */
  readonly constraint?: string
}

interface Translation {
  readonly code: ErrorCode
  readonly says: string
  readonly retryable?: boolean
}

const unreachable: Translation = {
  code: "STORE_UNAVAILABLE",
  says: "the server can't be reached: check that it runs, its address and the network",
  retryable: true,
}
const refusedLogin: Translation = {
  code: "STORE_UNAVAILABLE",
  says: "the server refuses the login: check user, password and database",
}
const notMigrated: Translation = {
  code: "NOT_MIGRATED",
  says: 'the schema isn\'t there, or is older than this program: call migrate(), or give the option migrate: "auto"',
}

/** By SQLSTATE, or its class. What isn't here is `STORE_FAILED`: above all a constraint is never taken for a conflict. */
const translations: Readonly<Record<string, Translation>> = {
  "08": unreachable,
  "57P01": unreachable,
  "57P02": unreachable,
  "57P03": {
    code: "STORE_UNAVAILABLE",
    says: "the server is starting or stopping: try again",
    retryable: true,
  },
  "53300": {
    code: "STORE_UNAVAILABLE",
    says: "the server has too many connections: close some, lower maxConnections or use a pooler",
    retryable: true,
  },
  "28": refusedLogin,
  "3D000": refusedLogin,
  "40": { code: "STORE_BUSY", says: "another transaction was in the way: try again", retryable: true },
  "55P03": { code: "STORE_BUSY", says: "a lock wasn't to be had in time: try again", retryable: true },
  "57014": {
    code: "STORE_BUSY",
    says: "the statement was cancelled, or took longer than statement_timeout allows: try again, or raise it",
    retryable: true,
  },
  "53200": {
    code: "STORE_BUSY",
    says: "the server is short of memory, or of room for locks: raise max_locks_per_transaction, or append to fewer streams at once",
    retryable: true,
  },
  "53100": { code: "STORE_FULL", says: "the server's disk is full: make room" },
  "25006": {
    code: "STORE_READ_ONLY",
    says: "the server, or this connection, is read-only: connect to the primary",
  },
  "42501": { code: "STORE_READ_ONLY", says: "this user may not do that: see the guide for the grants" },
  "42P01": notMigrated,
  "42883": notMigrated,
  "3F000": notMigrated,
  "25P02": { code: "CLOSED", says: "this transaction has failed: roll it back and begin again" },
  "54": { code: "EVENT_TOO_LARGE", says: "a value is larger than PostgreSQL can hold" },
  XX001: { code: "STORE_CORRUPT", says: "data is damaged: restore a backup" },
  XX002: { code: "STORE_CORRUPT", says: "an index is damaged: REINDEX it" },
  AN001: {
    code: "INVALID_OPTION",
    says: "the transaction must be READ COMMITTED: any other hides what was committed meanwhile",
  },
  AN002: {
    code: "STORE_READ_ONLY",
    says: "a standby doesn't know what is in flight: connect to the primary",
  },
  AN003: {
    code: "STORE_BUSY",
    says: "a lock of the store's is held by another program: try again",
    retryable: true,
  },
}

const uniqueViolation = "23505"
/** By these it is told that somebody else appends to a stream beyond those that are locked, or makes it: see `lock_streams`. */
const streamConstraints: readonly (string | undefined)[] = ["events_by_version", "streams_by_id"]
const appendedMeanwhile: Translation = {
  code: "STORE_BUSY",
  says: "another append to the same stream was faster: try again",
  retryable: true,
}
const deadlock = "40P01"
const serializationFailure = "40001"

/** Says in an `AnnalsError` what PostgreSQL said; passes on everything else. */
export function translateError(error: unknown): unknown {
  if (isInvalidUrl(error)) {
    const message = "connectionString is no URL such as postgres://user:password@localhost/orders"
    return new AnnalsError("INVALID_OPTION", message, { cause: error, path: "connectionString" })
  }
  if (isPoolEnded(error)) {
    return new AnnalsError("CLOSED", "the pool was ended: close the store before it", { cause: error })
  }
  if (!isPostgresError(error)) return error
  const translation = translationOf(error)
  if (translation === undefined) {
    return new AnnalsError("STORE_FAILED", `PostgreSQL: ${error.message}`, { cause: error })
  }
  const { code, says, retryable = false } = translation
  return new AnnalsError(code, `PostgreSQL: ${says} (${error.message})`, { cause: error, retryable })
}

/** Whether the connection is gone, and with it the answer: what was under way may have been done or not. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AnnalsError) return isConnectionLost(error.cause)
  return isPostgresError(error) && translationOf(error) === unreachable
}

/** Whether no connection could be made, so that nothing was begun. */
export function isUnavailable(error: unknown): boolean {
  if (!isPostgresError(error)) return false
  const translation = translationOf(error)
  return translation?.code === "STORE_UNAVAILABLE" && translation.retryable === true
}

/** Whether `pg` has given up waiting for an answer, as its `query_timeout` says: the server goes on. */
export function isReadTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === "Query read timeout"
}

/** Whether a row that must be there once would have been there twice. */
export function isUniqueViolation(error: unknown): boolean {
  return isPostgresError(error) && error.code === uniqueViolation
}

/** Whether the transaction was given up, so that another could go on: it can begin again as it was. */
export function hasGivenWay(error: unknown): boolean {
  if (!isPostgresError(error)) return false
  return error.code === deadlock || error.code === serializationFailure || isStreamTaken(error)
}

function isStreamTaken({ code, constraint }: PostgresError): boolean {
  return code === uniqueViolation && streamConstraints.includes(constraint)
}

export function schemaTooNew(schema: string, found: number, known: number): AnnalsError {
  const message = `schema ${schema} has version ${found}, this program knows up to ${known}: update @annals/store-postgres`
  return new AnnalsError("SCHEMA_TOO_NEW", message, { expected: known, actual: found })
}

export function notAStore(schema: string): AnnalsError {
  const message = `schema ${schema} holds tables of another application: choose another schema, or a new one`
  return new AnnalsError("NOT_A_STORE", message)
}

export function schemaMissing(schema: string, known: number, found: number): AnnalsError {
  const message = `schema ${schema} is at version ${found}, this program needs ${known}: call migrate(), or give the option migrate: "auto"`
  return new AnnalsError("NOT_MIGRATED", message, { expected: known, actual: found })
}

export function transactionEnded(): AnnalsError {
  return new AnnalsError(
    "CLOSED",
    "no transaction is open here: it was committed or rolled back, or never begun",
  )
}

export function unitOfWorkEnded(): AnnalsError {
  return new AnnalsError("CLOSED", "this unit of work has ended: await all that is done in it")
}

export function rolledBackInstead(): AnnalsError {
  return new AnnalsError(
    "STORE_FAILED",
    "PostgreSQL rolled the transaction back instead of committing it: a statement in it had failed, and its error was caught; use a savepoint around what may fail",
  )
}

function translationOf(error: PostgresError): Translation | undefined {
  if (isStreamTaken(error)) return appendedMeanwhile
  const { code } = error
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith("E")) {
    return translations[code] ?? translations[code.slice(0, 2)]
  }
  return unreachable
}

/** Codes of Node for sockets, and what `pg` says without any code. */
const socketCodes =
  /^(E[A-Z]+|ERR_(SOCKET|STREAM|TLS|SSL)_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+)$/
const connectionMessages =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout|The server does not support SSL)/

/** `pg` takes connection strings apart when it connects. */
function isInvalidUrl(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && error.code === "ERR_INVALID_URL"
}

function isPoolEnded(error: unknown): boolean {
  return error instanceof Error && error.message === "Cannot use a pool after calling end on the pool"
}

function isPostgresError(error: unknown): error is PostgresError {
  if (!(error instanceof Error) || error instanceof AnnalsError) return false
  const { code } = error as PostgresError
  if (code === undefined) return connectionMessages.test(error.message)
  return typeof code === "string" && (("severity" in error && "routine" in error) || socketCodes.test(code))
}

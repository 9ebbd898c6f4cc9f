import type { Clock } from "@annals/core"
import pg, { type Pool, type PoolClient } from "pg"
import { isConnectionLost, isUnavailable, rolledBackInstead, translateError } from "./errors.ts"
import { checkSchema, runMigrations } from "./migrate.ts"
import type { PostgresSettings } from "./options.ts"
import { quoteIdentifier } from "./sql/identifier.ts"
import { PreparedStatements } from "./sql/prepared-statements.ts"
import type { SqlRow, SqlRunner, SqlValue } from "./sql/sql-runner.ts"
import type { Statement } from "./sql/statement.ts"
import { bindTransaction, tenantSetting } from "./statements/tenant.ts"

/**
 * When work is tried again, for as long as `retryForMs` says: never; where no connection was to be had, so that it never began; or also
 * where the connection was lost while it was under way, which is right for what only reads, or can be repeated.
 */
export type RetryPolicy = "never" | "unbegun" | "lost"

/** What all handles of a store share. */
interface Connections {
  readonly pool: Pool
  readonly statements: PreparedStatements
  closed: boolean
}

/**
 * The server, through a pool. Whatever leaves here is an `AnnalsError`, but for errors of the work itself.
 */
export class PostgresDatabase implements SqlRunner {
  readonly settings: PostgresSettings
  readonly quotedSchema: string
  /** What the policies of row-level security let through: `undefined` where transactions are bound to no tenant. */
  readonly boundTo: string | undefined
  readonly #clock: Clock
  readonly #connections: Connections

  constructor(
    settings: PostgresSettings,
    clock: Clock,
    connections: Connections = openConnections(settings),
    tenant?: string,
  ) {
    this.settings = settings
    this.quotedSchema = quoteIdentifier(settings.schema)
    this.boundTo = tenant === undefined ? undefined : tenantSetting(tenant)
    this.#clock = clock
    this.#connections = connections
  }

  /** The same server through the same pool; whatever runs is bound to a tenant. */
  forTenant(tenant: string): PostgresDatabase {
    return new PostgresDatabase(this.settings, this.#clock, this.#connections, tenant)
  }

  /** Its settings are those of a connection that stands outside of it, too. */
  get pool(): Pool {
    return this.#connections.pool
  }

  async open(): Promise<void> {
    if (this.settings.migrate === "auto") await this.migrate()
    else await this.withClient((client) => checkSchema(client, this.settings.schema), "lost")
  }

  migrate(): Promise<void> {
    return this.withClient((client) => runMigrations(client, this.settings.schema), "lost")
  }

  run(statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.withClient((client) => this.runAlone(client, statement, values))
  }

  /** For statements that only read. */
  get reader(): Pick<SqlRunner, "run"> {
    return {
      run: (statement, values) =>
        this.withClient((client) => this.runAlone(client, statement, values), "lost"),
    }
  }

  /** For statements that somebody repeats anyway. */
  async tryOnce(statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.withClient((client) => this.runAlone(client, statement, values), "never")
  }

  atomically<Result>(work: (runner: SqlRunner) => Promise<Result>): Promise<Result> {
    return this.transaction((client) => work(this.runnerOf(client)))
  }

  /** Statements on a connection whose transaction is open. `use` throws where it isn't any more. */
  runnerOf(client: PoolClient, use: () => void = ignore): SqlRunner {
    const runner: SqlRunner = {
      run: async (statement, values) => {
        use()
        try {
          return await this.#runBound(client, statement, values)
        } catch (error) {
          throw translateError(error)
        }
      },
      atomically: (work) => work(runner),
    }
    return runner
  }

  /** A statement in a transaction of its own. Errors come out as `pg` throws them. */
  async runAlone(
    client: PoolClient,
    statement: Statement,
    values: readonly SqlValue[],
  ): Promise<readonly SqlRow[]> {
    if (this.boundTo === undefined) return this.runOn(client, statement, values)
    try {
      return await inTransaction(client, () => this.#runBound(client, statement, values))
    } catch (error) {
      throw error instanceof RolledBack ? error.cause : error
    }
  }

  /** A statement as it is. Errors come out as `pg` throws them. */
  async runOn(
    client: PoolClient,
    statement: Statement,
    values: readonly SqlValue[],
  ): Promise<readonly SqlRow[]> {
    const { rows } = await client.query<(string | null)[]>(
      this.#connections.statements.config(statement, values),
    )
    return rows
  }

  /** One transaction: commits when the work resolves, else rolls back. */
  async transaction<Result>(
    work: (client: PoolClient) => Promise<Result>,
    retry?: RetryPolicy,
  ): Promise<Result> {
    return this.withClient(async (client) => {
      return inTransaction(client, async () => {
        await this.#bind(client)
        return work(client)
      })
    }, retry)
  }

  /**
   * Lends a connection for some work.
   */
  async withClient<Result>(
    work: (client: PoolClient) => Promise<Result>,
    retry: RetryPolicy = "unbegun",
  ): Promise<Result> {
    const until = this.#clock.now() + this.settings.retryForMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#lend(work, retry)
      } catch (failure) {
        if (failure instanceof RolledBack) throw failure.cause
        if (!(failure instanceof Retryable)) throw translateError(failure)
        const pauseMs = Math.min(25 * 2 ** attempt, 1000)
        if (this.#connections.closed || this.#clock.now() + pauseMs > until)
          throw translateError(failure.cause)
        await this.#clock.sleep(pauseMs)
      }
    }
  }

  /** Before each statement: somebody else may have bound the transaction to another tenant, or undone it by a savepoint. */
  async #runBound(
    client: PoolClient,
    statement: Statement,
    values: readonly SqlValue[],
  ): Promise<readonly SqlRow[]> {
    await this.#bind(client)
    return this.runOn(client, statement, values)
  }

  async #bind(client: PoolClient): Promise<void> {
    if (this.boundTo !== undefined) await this.runOn(client, bindTransaction, [this.boundTo])
  }

  async close(): Promise<void> {
    if (this.#connections.closed) return
    this.#connections.closed = true
    if (this.settings.pool === undefined) await this.#connections.pool.end()
  }

  async #lend<Result>(work: (client: PoolClient) => Promise<Result>, retry: RetryPolicy): Promise<Result> {
    let client: PoolClient
    try {
      client = await this.#connect()
    } catch (error) {
      throw retry !== "never" && isUnavailable(error) ? new Retryable(error) : error
    }
    let lost: Error | undefined
    try {
      return await work(client)
    } catch (error) {
      if (error instanceof NotBegun) {
        lost = error.cause as Error
        throw retry === "never" ? lost : new Retryable(lost)
      }
      if (error instanceof RolledBack || !isConnectionLost(error)) throw error
      lost = error as Error
      throw retry === "lost" ? new Retryable(error) : error
    } finally {
      client.release(lost)
      // One that is lost may tell so again, until its socket is closed. Any other has the pool's listener by now.
      if (lost === undefined) client.off("error", ignore)
    }
  }

  /**
   * A connection that is lost while nobody waits for its answer tells so by an event, which ends the process where nobody listens. The
   * pool stops listening when it hands one over: by a callback, because a promise would leave a moment in between.
   */
  #connect(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      this.#connections.pool.connect((error, client) => {
        if (client === undefined) return reject(error)
        client.on("error", ignore)
        resolve(client)
      })
    })
  }
}

/** Commits when the work resolves, else rolls back. */
async function inTransaction<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  try {
    await client.query("BEGIN ISOLATION LEVEL READ COMMITTED")
  } catch (error) {
    throw isConnectionLost(error) ? new NotBegun(error) : error
  }
  let result: Result
  try {
    result = await work()
  } catch (error) {
    // Where even that fails the connection is the reason. The first error is the one to report.
    const isRolledBack = await client.query("ROLLBACK").then(
      () => true,
      () => false,
    )
    throw isRolledBack ? new RolledBack(error) : error
  }
  const { command } = await client.query("COMMIT")
  // To a transaction in which something has failed PostgreSQL says yes, and rolls back.
  if (command !== "COMMIT") throw rolledBackInstead()
  return result
}

/** The connection was lost before a transaction began on it. */
class NotBegun {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

/** The work failed, and nothing else: what it threw may look like a lost connection, and be about another one. */
class RolledBack {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

class Retryable {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

function ignore(): void {}

function openConnections(settings: PostgresSettings): Connections {
  return {
    pool: settings.pool ?? openPool(settings),
    statements: new PreparedStatements(settings),
    closed: false,
  }
}

function openPool({ connectionString, maxConnections }: PostgresSettings): Pool {
  const pool = new pg.Pool({
    connectionString,
    max: maxConnections,
    keepAlive: true,
    // An address that doesn't answer would else be waited for as long as the operating system likes.
    connectionTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  })
  pool.on("error", ignore) // an idle connection was lost: the pool makes another when one is needed
  return pool
}

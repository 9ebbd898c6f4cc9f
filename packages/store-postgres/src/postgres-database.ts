import type { Clock } from "@annals/core"
import type { Pool, PoolClient } from "pg"
import { Connections } from "./connections.ts"
import { isConnectionLost, isUnavailable, rolledBackInstead, translateError } from "./errors.ts"
import { checkSchema, runMigrations } from "./migrate.ts"
import type { PostgresSettings } from "./options.ts"
import { quoteIdentifier } from "./sql/identifier.ts"
import type { SqlRow, SqlRunner, SqlValue } from "./sql/sql-runner.ts"
import type { Statement } from "./sql/statement.ts"
import { bindTransaction, tenantSetting } from "./statements/tenant.ts"
import { rollBack } from "./transactions/roll-back.ts"

/**
 * When work is tried again, for as long as `retryForMs` says: never; where no connection was to be had, so that it never began; or also
 * where the connection was lost while it was under way, which is right for what only reads, or can be repeated.
 */
export type RetryPolicy = "never" | "unbegun" | "lost"

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
    connections: Connections = new Connections(settings),
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
  runnerOf(client: PoolClient, use: () => void = () => {}): SqlRunner {
    const runner: SqlRunner = {
      run: async (statement, values) => {
        use()
        try {
          await this.#bind(client)
          use() // while it was bound, work that didn't wait for this may have ended
          return await this.runOn(client, statement, values)
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
      return await this.#inTransaction(client, async () => {
        await this.#bind(client)
        return this.runOn(client, statement, values)
      })
    } catch (error) {
      if (!(error instanceof RolledBack)) throw error
      throw error.spoilt === undefined ? error.cause : new Unfinished(error.cause, error.spoilt)
    }
  }

  /** A statement as it is. Errors come out as `pg` throws them. */
  runOn(client: PoolClient, statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#connections.statements.run(client, statement, values)
  }

  /** One transaction: commits when the work resolves, else rolls back. */
  async transaction<Result>(
    work: (client: PoolClient) => Promise<Result>,
    retry?: RetryPolicy,
  ): Promise<Result> {
    return this.withClient(async (client) => {
      return this.#inTransaction(client, async () => {
        await this.#bind(client)
        return work(client)
      })
    }, retry)
  }

  /** Lends a connection for some work. */
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
        if (this.#connections.isClosed || this.#clock.now() + pauseMs > until)
          throw translateError(failure.cause)
        await this.#clock.sleep(pauseMs)
      }
    }
  }

  /** Commits when the work resolves, else rolls back. */
  async #inTransaction<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
    try {
      await client.query("BEGIN ISOLATION LEVEL READ COMMITTED")
    } catch (error) {
      throw isConnectionLost(error) ? new NotBegun(error) : error
    }
    let result: Result
    try {
      result = await work()
    } catch (error) {
      const spoilt = await rollBack(client, this.pool, this.#clock).catch((reason: Error) => {
        throw new Unfinished(error, reason)
      })
      throw new RolledBack(error, spoilt)
    }
    const { command } = await client.query("COMMIT")
    // To a transaction in which something has failed PostgreSQL says yes, and rolls back.
    if (command !== "COMMIT") throw rolledBackInstead()
    return result
  }

  /** Before each statement: somebody else may have bound the transaction to another tenant, or undone it by a savepoint. */
  async #bind(client: PoolClient): Promise<void> {
    if (this.boundTo !== undefined) await this.runOn(client, bindTransaction, [this.boundTo])
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #lend<Result>(work: (client: PoolClient) => Promise<Result>, retry: RetryPolicy): Promise<Result> {
    let client: PoolClient
    try {
      client = await this.#connections.take()
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
      if (error instanceof Unfinished) {
        lost = error.reason
        throw retry === "lost" && isConnectionLost(error.cause) ? new Retryable(error.cause) : error.cause
      }
      if (error instanceof RolledBack) {
        lost = error.spoilt
        throw error
      }
      if (!isConnectionLost(error)) throw error
      lost = error as Error
      throw retry === "lost" ? new Retryable(error) : error
    } finally {
      this.#connections.giveBack(client, lost)
    }
  }
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
  /** Why the connection may not serve anybody else, if so. */
  readonly spoilt: Error | undefined
  constructor(cause: unknown, spoilt: Error | undefined) {
    this.cause = cause
    this.spoilt = spoilt
  }
}

/** The work failed, and could not be rolled back: nobody may be given the connection. The first error is the one to report. */
class Unfinished {
  readonly cause: unknown
  readonly reason: Error
  constructor(cause: unknown, reason: Error) {
    this.cause = cause
    this.reason = reason
  }
}

class Retryable {
  readonly cause: unknown
  constructor(cause: unknown) {
    this.cause = cause
  }
}

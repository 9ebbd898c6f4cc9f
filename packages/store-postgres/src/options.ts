import { AnnalsError, type StoreOptions } from "@annals/core"
import type { Pool } from "pg"
import { checkIdentifier } from "./sql/identifier.ts"
import {
  type PostgresWakeUpOptions,
  type PostgresWakeUpSettings,
  wakeUpDefaults,
} from "./wake-ups/wake-up-options.ts"

/** What a PostgreSQL store is made with, besides what every store takes. Exactly one of `connectionString` and `pool` is given. */
export interface PostgresStoreOptions extends StoreOptions, PostgresWakeUpOptions {
  /** Such as `postgres://user:password@localhost/orders`. The store opens a pool of its own, and closes it. */
  readonly connectionString?: string
  /**
   * A pool of yours, which stays yours to end. The store uses its connections for one statement or transaction at a time, and changes
   * none of their settings.
   */
  readonly pool?: Pool
  /**
   * Connections of the store's own pool, one of which carries most appends. Not for a `pool` of yours.
   *
   * @default 10
   */
  readonly maxConnections?: number
  /**
   * The schema that holds everything of this store: several stores can share a database.
   *
   * @default "annals"
   */
  readonly schema?: string
  /**
   * - `"auto"`: the first use creates or upgrades the schema, which needs the right to do so.
   * - `"manual"` (default): `migrate()` does it, or the SQL of `postgresMigrationSql`; without it the first use fails with `NOT_MIGRATED`.
   *
   * @default "manual"
   */
  readonly migrate?: "auto" | "manual"
  /**
   * Keep statements prepared on each connection. `false` for poolers that can't, such as PgBouncer in transaction mode before 1.21: each
   * statement is then parsed and planned anew.
   *
   * @default true
   */
  readonly prepare?: boolean
  /**
   * Bind the transactions of a tenant's handle to that tenant, so that the database keeps to it once its policies are on: the owner of
   * the schema calls its function `enable_row_level_security()` for that. A handle without `forTenant` then sees nothing and can write
   * nothing, unless its role is a superuser's or has BYPASSRLS, which no policy binds.
   *
   * Costs: appends of different tenants don't travel together; whatever else runs outside of a unit of work takes four round trips
   * instead of one, and each statement in one takes two, but for appends. While the policies are on, events have two indexes more.
   *
   * @default false
   */
  readonly rowLevelSecurity?: boolean
  /**
   * How long operations go on trying while the server can't be reached, before they fail with `STORE_UNAVAILABLE`. An append whose outcome
   * was lost with its connection is looked up by its event ids, and never recorded twice.
   *
   * @default 10_000
   */
  readonly retryForMs?: number
}

export interface PostgresSettings {
  readonly connectionString: string | undefined
  readonly pool: Pool | undefined
  readonly maxConnections: number
  readonly schema: string
  readonly migrate: "auto" | "manual"
  readonly prepare: boolean
  readonly rowLevelSecurity: boolean
  readonly retryForMs: number
  readonly wakeUps: PostgresWakeUpSettings
}

const defaults = {
  maxConnections: 10,
  schema: "annals",
  migrate: "manual",
  prepare: true,
  rowLevelSecurity: false,
  retryForMs: 10_000,
} as const

/** Validates the options that are PostgreSQL's own. Throws `INVALID_OPTION`. */
export function resolvePostgresOptions(options: PostgresStoreOptions): PostgresSettings {
  const { connectionString, pool } = options
  if ((connectionString === undefined) === (pool === undefined))
    throw invalid("connectionString", "or pool must be given, and not both")
  if (connectionString !== undefined && (typeof connectionString !== "string" || connectionString === ""))
    throw invalid("connectionString", "must be a URL such as postgres://user@localhost/orders")
  if (pool !== undefined && typeof pool?.connect !== "function") throw invalid("pool", "must be a Pool of pg")
  if (pool !== undefined && options.maxConnections !== undefined)
    throw invalid("maxConnections", "is for the store's own pool: set `max` of your pool")
  const { migrate = defaults.migrate } = options
  if (migrate !== "auto" && migrate !== "manual") throw invalid("migrate", 'must be "auto" or "manual"')
  return {
    connectionString,
    pool,
    maxConnections: checkWhole("maxConnections", options.maxConnections ?? defaults.maxConnections, 2),
    schema: checkIdentifier(options.schema ?? defaults.schema, "schema"),
    migrate,
    prepare: checkBoolean("prepare", options.prepare ?? defaults.prepare),
    rowLevelSecurity: checkBoolean("rowLevelSecurity", options.rowLevelSecurity ?? defaults.rowLevelSecurity),
    retryForMs: checkWhole("retryForMs", options.retryForMs ?? defaults.retryForMs, 0),
    wakeUps: {
      listen: checkBoolean("listen", options.listen ?? wakeUpDefaults.listen),
      pollIntervalMs: checkInterval("pollIntervalMs", options),
      safetyPollIntervalMs: checkInterval("safetyPollIntervalMs", options),
      listenCheckIntervalMs: checkInterval("listenCheckIntervalMs", options),
    },
  }
}

function checkInterval(
  path: "pollIntervalMs" | "safetyPollIntervalMs" | "listenCheckIntervalMs",
  options: PostgresWakeUpOptions,
): number {
  return checkWhole(path, options[path] ?? wakeUpDefaults[path], 1)
}

function checkWhole(path: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalid(path, `must be a whole number from ${least}`)
}

function checkBoolean(path: string, value: boolean): boolean {
  if (typeof value === "boolean") return value
  throw invalid(path, "must be true or false")
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

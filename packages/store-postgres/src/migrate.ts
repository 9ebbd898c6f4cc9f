import type { ClientBase } from "pg"
import { notAStore, schemaMissing, schemaTooNew } from "./errors.ts"
import { type Migration, migrations } from "./generated/migrations.ts"
import { checkIdentifier, quoteIdentifier } from "./sql/identifier.ts"
import { asText } from "./sql/prepared-statements.ts"
import { inSchema } from "./sql/statement.ts"

/** What a migration needs of a connection. */
type Connection = Pick<ClientBase, "query">

/**
 * All migrations of the store's schema as one SQL script, for those who run such things by themselves. It creates a fresh schema; with
 * `from`, it upgrades one that has that version.
 *
 * @example
 * writeFileSync("annals.sql", postgresMigrationSql({ schema: "orders" }))
 */
export function postgresMigrationSql({
  schema = "annals",
  from = 0,
}: {
  /** Default `"annals"`. */
  readonly schema?: string
  /** Default 0: nothing is there yet. */
  readonly from?: number
} = {}): string {
  const quoted = quoteIdentifier(checkIdentifier(schema, "schema"))
  const missing = migrations.filter(({ version }) => version > from)
  const steps = missing.map((migration) => `${stepSql(migration, quoted)}\n`)
  return `BEGIN;\n${from === 0 ? `CREATE SCHEMA IF NOT EXISTS ${quoted};\n${versionTableSql(quoted)}\n` : ""}${steps.join("")}COMMIT;\n`
}

/** Creates or upgrades the schema, in one transaction; others who do so at the same time wait, and find it done. */
export async function runMigrations(connection: Connection, schema: string): Promise<void> {
  const quoted = quoteIdentifier(schema)
  await connection.query("BEGIN ISOLATION LEVEL READ COMMITTED")
  try {
    await connection.query("SELECT pg_advisory_xact_lock(hashtext('annals migration'), hashtext($1))", [
      schema,
    ])
    const current = await schemaVersion(connection, schema)
    checkNotTooNew(schema, current)
    if (current === 0) {
      // Not everybody who may use a schema may create one.
      if (!(await schemaExists(connection, schema))) await connection.query(`CREATE SCHEMA ${quoted}`)
      await connection.query(versionTableSql(quoted))
    }
    for (const migration of migrations.filter(({ version }) => version > current)) {
      await connection.query(stepSql(migration, quoted))
    }
    await connection.query("COMMIT")
  } catch (error) {
    await connection.query("ROLLBACK").catch(() => {}) // the first error is the one to report
    throw error
  }
}

/** Throws `NOT_MIGRATED` or `SCHEMA_TOO_NEW`. */
export async function checkSchema(connection: Connection, schema: string): Promise<void> {
  const current = await schemaVersion(connection, schema)
  checkNotTooNew(schema, current)
  if (current < latestVersion) throw schemaMissing(schema, latestVersion, current)
}

const latestVersion = migrations.at(-1)?.version ?? 0

function checkNotTooNew(schema: string, found: number): void {
  if (found > latestVersion) throw schemaTooNew(schema, found, latestVersion)
}

/** 0: nothing of a store is there. Throws `NOT_A_STORE` where something else is: other tools have a table `migrations` as well. */
async function schemaVersion(connection: Connection, schema: string): Promise<number> {
  const found = await connection.query<{ foreign: string; own: string }>({
    text: `SELECT count(*) > 0 AS foreign, count(*) = 4 AND bool_or(relname = 'migrations' AND EXISTS (
          SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'version' AND atttypid = 'integer'::regtype
        )) AS own
      FROM pg_class
      WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)
        AND relname IN ('migrations', 'events', 'streams', 'event_position')`,
    values: [schema],
    types: asText,
  })
  const isStore = found.rows[0]?.own === "t"
  const isForeign = found.rows[0]?.foreign === "t"
  if (!isStore && isForeign) throw notAStore(schema)
  if (!isStore) return 0
  const { rows } = await connection.query<{ version: string }>({
    text: `SELECT coalesce(max(version), 0) AS version FROM ${quoteIdentifier(schema)}.migrations`,
    types: asText,
  })
  return Number(rows[0]?.version ?? 0)
}

async function schemaExists(connection: Connection, schema: string): Promise<boolean> {
  const { rows } = await connection.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema])
  return rows.length > 0
}

function versionTableSql(quotedSchema: string): string {
  return `CREATE TABLE ${quotedSchema}.migrations (
  version integer PRIMARY KEY,
  name text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);`
}

function stepSql({ version, name, sql }: Migration, quotedSchema: string): string {
  return `${inSchema(withSafeQuotes(sql, quotedSchema), quotedSchema)}
INSERT INTO ${quotedSchema}.migrations (version, name) VALUES (${version}, '${name}');`
}

/** Bodies of functions stand between dollar signs, which a schema's name may have too. */
function withSafeQuotes(sql: string, quotedSchema: string): string {
  return sql.replaceAll(/\$([a-z]*)\$/g, (quotes, word: string) => {
    let safe = quotes
    for (let number = 1; quotedSchema.includes(safe); number++) safe = `$annals_${word}${number}$`
    return safe
  })
}

import { randomBytes } from "node:crypto"
import pg from "pg"
import { afterAll } from "vitest"

/** Schemas that tests use one after the other. Making one and dropping it costs a server some 50 ms of work, and emptying it one. */
export interface RecycledSchemas {
  /** One that is as `create` leaves it, and that nobody else uses. */
  take(): Promise<string>
  /** When nothing uses it any more. */
  giveBack(schema: string): Promise<void>
}

export interface RecycledSchemasOptions {
  /** What names begin with. */
  readonly prefix: string
  /** Tables whose rows `create` makes, and that stay as they are. */
  readonly keep: readonly string[]
  /** Makes the schema and all in it. */
  create(schema: string): Promise<void>
}

/** What was deleted stays in tables and indexes for a while. */
const mostUses = 50

/** Called in a suite, with the URL of a superuser: neither policies nor triggers keep one from emptying tables. */
export function recycledSchemas(
  url: string,
  { prefix, keep, create }: RecycledSchemasOptions,
): RecycledSchemas {
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const made = new Map<string, { uses: number; readonly shape: string }>()
  const spare: string[] = []

  const rowOf = async (sql: string) => (await pool.query<{ shape: string }>(sql)).rows[0]
  const shapeOf = async (schema: string) => (await rowOf(shapeSql(schema)))?.shape ?? ""
  const drop = async (schema: string) => {
    made.delete(schema)
    await pool.query(`DROP SCHEMA IF EXISTS ${pg.escapeIdentifier(schema)} CASCADE`)
  }

  afterAll(async () => {
    for (const schema of [...made.keys()]) await drop(schema)
    await pool.end()
  }, 60_000)

  return {
    async take() {
      const known = spare.pop()
      if (known !== undefined) return known
      const schema = `${prefix}${randomBytes(6).toString("hex")}`
      made.set(schema, { uses: 0, shape: "" })
      await create(schema)
      made.set(schema, { uses: 0, shape: await shapeOf(schema) })
      return schema
    },
    async giveBack(schema) {
      const state = made.get(schema)
      if (state === undefined) throw new Error(`${schema} is nobody's`)
      state.uses++
      if (state.uses === mostUses || (await shapeOf(schema)) !== state.shape) return drop(schema)
      await pool.query(emptySql(schema, keep))
      spare.push(schema)
    },
  }
}

/** All that is in a schema but rows, and whom it belongs to: a schema that a test has changed isn't used again. */
function shapeSql(schema: string): string {
  return `WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = ${pg.escapeLiteral(schema)})
    SELECT md5(string_agg(part, E'\\n' ORDER BY part)) AS shape FROM (
      SELECT concat_ws(' ', relkind, relname, relowner, relacl, reloptions, relrowsecurity, relforcerowsecurity, relnatts) AS part
        FROM pg_class WHERE relnamespace IN (SELECT oid FROM home)
      UNION ALL SELECT concat_ws(' ', proname, proowner, proacl, md5(prosrc)) FROM pg_proc WHERE pronamespace IN (SELECT oid FROM home)
      UNION ALL SELECT concat_ws(' ', tgrelid, tgname, tgenabled) FROM pg_trigger
        WHERE tgrelid IN (SELECT c.oid FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM home))
      UNION ALL SELECT concat_ws(' ', polrelid, polname, polroles) FROM pg_policy
        WHERE polrelid IN (SELECT c.oid FROM pg_class c WHERE c.relnamespace IN (SELECT oid FROM home))
    ) parts`
}

/** Without foreign keys, and without the triggers that refuse it. Sequences begin anew, as if nothing had been drawn. */
function emptySql(schema: string, keep: readonly string[]): string {
  const home = `(SELECT oid FROM pg_namespace WHERE nspname = ${pg.escapeLiteral(schema)})`
  const kept = keep.map((table) => pg.escapeLiteral(table)).join()
  return `DO $empty$
    DECLARE
      -- What also runs for a replica.
      always text[] := ARRAY(
        SELECT format('TRIGGER %I', tgname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
          WHERE c.relnamespace = ${home} AND tgenabled = 'A' ORDER BY pg_trigger.oid);
      guarded text[] := ARRAY(
        SELECT format('ALTER TABLE %s', tgrelid::regclass) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
          WHERE c.relnamespace = ${home} AND tgenabled = 'A' ORDER BY pg_trigger.oid);
      one regclass;
    BEGIN
      PERFORM set_config('session_replication_role', 'replica', true);
      FOR n IN 1 .. cardinality(always) LOOP EXECUTE guarded[n] || ' DISABLE ' || always[n]; END LOOP;
      FOR one IN SELECT oid FROM pg_class
        WHERE relnamespace = ${home} AND relkind = 'r' AND relname <> ALL (ARRAY[${kept}]::text[])
      LOOP
        EXECUTE format('DELETE FROM %s', one);
      END LOOP;
      FOR n IN 1 .. cardinality(always) LOOP EXECUTE guarded[n] || ' ENABLE ALWAYS ' || always[n]; END LOOP;
      FOR one IN SELECT oid FROM pg_class WHERE relnamespace = ${home} AND relkind = 'S' LOOP PERFORM setval(one, 1, false); END LOOP;
    END $empty$`
}

import { readdirSync, readFileSync } from "node:fs"
import { isAnnalsError } from "@annals/core"
import { usingService } from "@annals/services"
import { postgresMigrationSql } from "@annals/store-postgres"
import pg, { type Pool } from "pg"
import { describe, expect, it } from "vitest"
import { generateMigrations } from "../scripts/generate-migrations.ts"
import { migrations } from "../src/generated/migrations.ts"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null, tags: ["owner:alice"] }

describe("the migrations that are published", () => {
  it("are those of the folder, as they are now", () => {
    const generated = readFileSync(new URL("../src/generated/migrations.ts", import.meta.url), "utf8")
    expect(generateMigrations()).toBe(generated)
  })

  it("are numbered without a gap", () => {
    const files = readdirSync(new URL("../migrations/", import.meta.url)).sort()
    expect(files.map((file) => Number.parseInt(file, 10))).toEqual(files.map((_, index) => index + 1))
  })
})

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)

    describe("setting up", () => {
      it("is done once when twenty handles do it at the same time on an empty database", async () => {
        const stores = Array.from({ length: 20 }, (_, index) =>
          database.open({ migrate: index % 2 === 0 ? "auto" : "manual", maxConnections: 2 }),
        )
        await Promise.all(
          stores.map(async (store, index) => {
            if (index % 2 === 1) await store.migrate()
            await store.append({ category: "account", id: String(index) }, [event])
          }),
        )
        expect(
          await database.query(`SELECT version, name FROM ${database.schema}.migrations ORDER BY version`),
        ).toEqual(migrations.map(({ version, name }) => ({ version, name })))
        expect(await stores[0]?.head()).toBe(20)
      })

      it("isn't done unasked: every use says what to do", async () => {
        const store = database.open({ migrate: "manual" })
        const uses: readonly (() => Promise<unknown>)[] = [
          () => store.append(stream, [event]),
          () => store.append(stream, [event], { before: () => {} }),
          () => store.readStream(stream).toArray(),
          () => store.readAll().toArray(),
          () => store.head(),
          () => store.transaction(({ events }) => events.head()),
          () => store.checkpoints.load("reader"),
        ]
        for (const use of uses) {
          const error = await failureOf(use())
          expect(error).toMatchObject({ code: "NOT_MIGRATED", expected: migrations.length, actual: 0 })
          expect(error.message).toMatch(/migrate\(\).*migrate: "auto"/)
        }
        expect(
          await database.query("SELECT FROM pg_namespace WHERE nspname = $1", [database.schema]),
        ).toEqual([])
        const tx = await database.begin()
        expect(await failureOf(store.within(tx).events.append(stream, [event]))).toMatchObject({
          code: "NOT_MIGRATED",
        })
        await store.migrate()
        expect(await store.append(stream, [event])).toMatchObject({ version: 1 })
      })

      it("changes nothing when it is done again", async () => {
        const store = database.open()
        await store.append(stream, [event])
        const before = await catalogOf(database, database.schema, true)
        await store.migrate()
        await database.open().migrate()
        expect(await catalogOf(database, database.schema, true)).toEqual(before)
        expect(await store.head()).toBe(1)
      })

      it("leaves nothing behind when it fails halfway", async () => {
        // The last migration's table is in the way of itself.
        await database.query(`CREATE SCHEMA ${database.schema} CREATE TABLE leases (mine integer)`)
        const store = database.open({ migrate: "manual" })
        expect(isAnnalsError(await failureOf(store.migrate()))).toBe(true)
        const left = await database.query(
          `SELECT relname FROM pg_class WHERE relnamespace = '${database.schema}'::regnamespace AND relkind <> 't'`,
        )
        expect(left).toEqual([{ relname: "leases" }])
        await database.query(`DROP TABLE ${database.schema}.leases`)
        await store.migrate()
        expect(await store.append(stream, [event])).toMatchObject({ version: 1 })
      })

      it("finishes what an older version began", async () => {
        const fresh = `${database.schema}_fresh`
        await database.query(postgresMigrationSql({ schema: fresh }))
        for (const { version } of migrations) {
          const schema = `${database.schema}_${version}`
          await database.query(upToVersion(schema, version as number))
          const store = database.open({ schema, migrate: "manual" })
          if (version !== migrations.length) {
            expect(await failureOf(store.head())).toMatchObject({ code: "NOT_MIGRATED", actual: version })
          }
          await database.open({ schema }).migrate()
          expect(await store.append(stream, [event])).toMatchObject({ version: 1 })
          expect(await catalogOf(database, schema)).toEqual(await catalogOf(database, fresh))
        }
      })

      it("takes a role without the right to create schemas, in one that is there", async () => {
        const { role, url: roleUrl } = await database.createRole()
        await database.query(`CREATE SCHEMA ${database.schema} AUTHORIZATION ${role}`)
        const store = database.open({ connectionString: roleUrl })
        expect(await store.append(stream, [event])).toMatchObject({ version: 1 })
        const elsewhere = database.open({ connectionString: roleUrl, schema: "elsewhere" })
        expect(await failureOf(elsewhere.head())).toMatchObject({ code: "STORE_READ_ONLY" })
      })
    })

    describe("the printed SQL", () => {
      it("makes exactly the schema that migrate() makes", async () => {
        const printed = `${database.schema}_printed`
        await database.open().migrate()
        await database.query(postgresMigrationSql({ schema: printed }))
        const migrated = await catalogOf(database, database.schema)
        expect(migrated.columns.length).toBeGreaterThan(40)
        expect(await catalogOf(database, printed)).toEqual(migrated)
        const store = database.open({ schema: printed, migrate: "manual" })
        expect(await store.append(stream, [event])).toMatchObject({ version: 1 })
      })

      it("upgrades from the version that is there", async () => {
        const { schema } = database
        await database.query(upToVersion(schema, 1))
        await database.query(postgresMigrationSql({ schema, from: 1 }))
        await database.query(postgresMigrationSql({ schema: "fresh" }))
        expect(await catalogOf(database, schema)).toEqual(await catalogOf(database, "fresh"))
      })

      it("refuses a name that PostgreSQL would cut off", () => {
        expect(() => postgresMigrationSql({ schema: "x".repeat(64) })).toThrow(
          expect.objectContaining({ code: "INVALID_OPTION", path: "schema" }),
        )
      })
    })

    describe("what isn't ours to use", () => {
      it("is refused when a newer program made it", async () => {
        await database.open().append(stream, [event])
        await database.query(
          `INSERT INTO ${database.schema}.migrations (version, name) VALUES (9999, 'of tomorrow')`,
        )
        const before = await catalogOf(database, database.schema, true)
        for (const migrate of ["auto", "manual"] as const) {
          const store = database.open({ migrate })
          for (const use of [
            () => store.migrate(),
            () => store.append(stream, [event]),
            () => store.head(),
          ]) {
            const error = await failureOf(use())
            expect(error).toMatchObject({ code: "SCHEMA_TOO_NEW", actual: 9999 })
            expect(error.message).toMatch(/schema s_.* update @annals\/store-postgres/)
          }
        }
        expect(await catalogOf(database, database.schema, true)).toEqual(before)
      })

      it.each([
        ["a table events", "events (id integer)"],
        ["a table streams", "streams (name text)"],
        ["its own table migrations", "migrations (id serial, name text)"],
        ["its own table migrations with versions", "migrations (version text, dirty boolean)"],
        ["tables events and migrations", "events (id integer) CREATE TABLE migrations (version bigint)"],
      ])("is refused when another application has %s there", async (_what, table) => {
        await database.query(`CREATE SCHEMA ${database.schema} CREATE TABLE ${table}`)
        const before = await catalogOf(database, database.schema, true)
        for (const migrate of ["auto", "manual"] as const) {
          const store = database.open({ migrate })
          for (const use of [() => store.migrate(), () => store.append(stream, [event])]) {
            const error = await failureOf(use())
            expect(error).toMatchObject({ code: "NOT_A_STORE" })
            expect(error.message).toMatch(/schema s_.* choose another schema/)
          }
        }
        expect(await catalogOf(database, database.schema, true)).toEqual(before)
      })
    })

    describe("a schema's name", () => {
      const names = [
        'Quo"ted',
        "it's",
        "Ünïcödé 事件 🗄️",
        "a.b; DROP SCHEMA public",
        "$$ $1 $& $` $sql$ $annals_1$",
        "{schema}",
        "back\\slash\nand -- line",
        "SELECT",
        "x".repeat(63),
        `${"é".repeat(31)}!`,
      ]
      it.each(names)("may be %j", async (schema) => {
        const { pool } = database
        const store = database.open({ schema, pool })
        await store.append(stream, [event])
        const condition = { query: [{ types: ["closed"], tags: ["owner:alice"] }], after: await store.head() }
        await Promise.all(
          ["a", "b", "c"].map((id) => store.append({ category: "account", id }, [event], { condition })),
        )
        await store.transaction(async ({ events, checkpoints }) => {
          await events.append(stream, [event])
          await events.append(stream, [event], { condition })
          await checkpoints.advance("reader", { from: 0, to: 4 })
        })
        expect((await store.readAll({ categories: ["account"] }).toArray()).length).toBe(6)
        expect(await database.query("SELECT nspname FROM pg_namespace WHERE nspname = $1", [schema])).toEqual(
          [{ nspname: schema }],
        )
        const printed = `${[...schema].slice(0, 15).join("")} too`
        await database.query(postgresMigrationSql({ schema: printed }))
        expect(await catalogOf(database, printed)).toEqual(await catalogOf(database, schema))
      })

      it.each(["", "x".repeat(64), `${"é".repeat(32)}`, "nul\0", "\ud800", "pg_mine"])(
        "can't be %j",
        async (schema) => {
          expect(() => database.open({ schema })).toThrow(
            expect.objectContaining({ code: "INVALID_OPTION", path: "schema" }),
          )
        },
      )
    })

    it("keeps stores of different schemas apart, also on one pool", async () => {
      const { pool } = database
      const stores = ["one", "ONE", 'o"ne'].map((schema) => database.open({ schema, pool }))
      for (const [index, store] of stores.entries()) {
        for (let count = 0; count <= index; count++) await store.append(stream, [event])
        await store.append({ category: "only", id: String(index) }, [event], {
          condition: { query: [{ types: ["opened"] }], after: await store.head() },
        })
      }
      for (const [index, store] of stores.entries()) {
        expect(await store.streamVersion(stream)).toBe(index + 1)
        expect(await store.head()).toBe(index + 2)
        const all = await store.readAll().toArray()
        expect(all.map(({ position }) => position)).toEqual(all.map((_, at) => at + 1))
        expect(await store.readAll({ categories: ["only"] }).toArray()).toMatchObject([
          { stream: { id: String(index) } },
        ])
      }
    })

    it("lets an append in flight in one schema hold back no reader and no append of another", async () => {
      const [busy, other] = ["busy", "other"].map((schema) => database.open({ schema })) as [
        ReturnType<typeof database.open>,
        ReturnType<typeof database.open>,
      ]
      await busy.migrate()
      await other.migrate()
      const tx = await database.begin()
      await busy.within(tx).events.append(stream, [event])
      await other.append(stream, [event], { condition: { query: [] } })
      expect(await other.head()).toBe(1)
      await tx.query("COMMIT")
      expect(await busy.head()).toBe(1)
    })
  })
}

/** The printed SQL of the versions up to one, which is what an older program had. */
function upToVersion(schema: string, version: number): string {
  const all = postgresMigrationSql({ schema })
  const later = postgresMigrationSql({ schema, from: version }).replace(/^BEGIN;\n/, "")
  return version === migrations.length ? all : `${all.slice(0, all.length - later.length)}COMMIT;`
}

type Catalog = Record<
  "columns" | "indexes" | "functions" | "triggers" | "sequences" | "views" | "constraints" | "policies",
  unknown[]
>

/** Everything in a schema that its SQL made. Where it names the schema, a word stands for that. */
async function catalogOf(
  { pool }: { readonly pool: Pool },
  schema: string,
  withRows = false,
): Promise<Catalog & { rows?: unknown }> {
  const quoted = pg.escapeIdentifier(schema)
  const escaped = quoted.replaceAll("'", "''")
  const read = async (sql: string): Promise<string[]> => {
    const { rows } = await pool.query({ text: sql, values: [schema], rowMode: "array" })
    return rows.map((row) =>
      JSON.stringify(
        row.map((value: unknown) =>
          typeof value === "string"
            ? value
                .replaceAll(escaped, () => "SCHEMA")
                .replaceAll(quoted, () => "SCHEMA")
                .replaceAll(`${schema}.`, () => "SCHEMA.")
            : value,
        ),
      ),
    )
  }
  const inSchema = "(SELECT oid FROM pg_namespace WHERE nspname = $1)"
  return {
    columns: await read(`
      SELECT c.relname, c.relkind, c.relpersistence, c.reloptions, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
          a.attidentity, a.attstorage, co.collname, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN pg_collation co ON co.oid = a.attcollation
        WHERE c.relnamespace = ${inSchema} AND c.relkind NOT IN ('i', 'S') ORDER BY c.relname, a.attnum`),
    indexes: await read(`
      SELECT i.relname, pg_get_indexdef(i.oid), con.contype, pg_get_constraintdef(con.oid)
        FROM pg_class i LEFT JOIN pg_constraint con ON con.conindid = i.oid
        WHERE i.relnamespace = ${inSchema} AND i.relkind = 'i' ORDER BY 1, 2, 3`),
    functions: await read(`
      SELECT proname, pg_get_function_identity_arguments(oid), pg_get_function_result(oid), prosrc, provolatile, proparallel, proisstrict, prosecdef, proconfig
        FROM pg_proc WHERE pronamespace = ${inSchema} ORDER BY 1, 2`),
    triggers: await read(`
      SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = ${inSchema} AND NOT t.tgisinternal ORDER BY 1, 2`),
    sequences: await read(`
      SELECT c.relname, s.seqstart, s.seqincrement, s.seqmax, s.seqcache, s.seqcycle
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relnamespace = ${inSchema} ORDER BY 1`),
    views: await read(`
      SELECT relname, pg_get_viewdef(oid) FROM pg_class WHERE relnamespace = ${inSchema} AND relkind = 'v' ORDER BY 1`),
    constraints: await read(`
      SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = ${inSchema} ORDER BY 1`),
    policies: await read(`
      SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
        FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = ${inSchema} ORDER BY 1, 4`),
    ...(withRows && {
      rows: await read(
        "SELECT relname, xmin::text, relfilenode FROM pg_class WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND relkind <> 't' ORDER BY 1",
      ),
    }),
  }
}

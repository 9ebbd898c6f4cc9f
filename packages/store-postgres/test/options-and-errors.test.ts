import { randomUUID } from "node:crypto"
import type { Codec, ErrorCode } from "@annals/core"
import { usingService } from "@annals/services"
import { createPostgresStore, type PostgresStoreOptions } from "@annals/store-postgres"
import pg from "pg"
import { describe, expect, it, vi } from "vitest"
import { createCuttingProxy } from "./cutting-proxy.ts"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: null }
const account = (id: string) => ({ category: "account", id })

describe("options", () => {
  const connectionString = "postgres://nobody@127.0.0.1:1/nowhere"
  const pool = new pg.Pool({ connectionString })

  it.each<[string, unknown]>([
    ["connectionString", {}],
    ["connectionString", { connectionString, pool }],
    ["connectionString", { connectionString: "" }],
    ["connectionString", { connectionString: 5432 }],
    ["pool", { pool: {} }],
    ["pool", { pool: null }],
    ["maxConnections", { pool, maxConnections: 5 }],
    ["maxConnections", { connectionString, maxConnections: 1 }],
    ["maxConnections", { connectionString, maxConnections: 2.5 }],
    ["maxConnections", { connectionString, maxConnections: "5" }],
    ["schema", { connectionString, schema: "" }],
    ["schema", { connectionString, schema: 5 }],
    ["migrate", { connectionString, migrate: true }],
    ["prepare", { connectionString, prepare: "no" }],
    ["retryForMs", { connectionString, retryForMs: -1 }],
    ["retryForMs", { connectionString, retryForMs: Number.NaN }],
    ["listen", { connectionString, listen: 1 }],
    ["pollIntervalMs", { connectionString, pollIntervalMs: 0 }],
    ["safetyPollIntervalMs", { connectionString, safetyPollIntervalMs: 0.5 }],
    ["listenCheckIntervalMs", { connectionString, listenCheckIntervalMs: Number.POSITIVE_INFINITY }],
  ])("refuse a wrong %s: %j", (path, options) => {
    expect(() => createPostgresStore(options as PostgresStoreOptions)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path }),
    )
  })
})

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)

    describe("a store", () => {
      it("connects with its first use, not when it is made or closed", async () => {
        await using proxy = await createCuttingProxy(database.url)
        {
          await using store = database.open({ connectionString: proxy.url })
          await new Promise((resolve) => setImmediate(resolve))
          expect(store.name).toBe("postgresql")
          expect(proxy.asked).toBe(0)
        }
        expect(proxy.asked).toBe(0)
      })

      it("leaves no connection behind when it is closed", async () => {
        const name = randomUUID()
        const named = new URL(database.url)
        named.searchParams.set("application_name", name)
        const connections = () =>
          database.query("SELECT FROM pg_stat_activity WHERE application_name = $1", [name])
        {
          await using store = database.open({ connectionString: named.href, listen: true })
          using _listening = store.wakeUps.listen(() => {})
          await Promise.all(
            [1, 2, 3].map((id) =>
              store.transaction(({ events }) => events.append(account(`${id}`), [event])),
            ),
          )
          expect((await connections()).length).toBeGreaterThan(1)
        }
        await vi.waitFor(async () => expect(await connections()).toEqual([]), { timeout: 50_000 })
      })

      it("changes nothing of pg that others share, and heeds nothing of it", async () => {
        const oids = [16, 17, 20, 21, 23, 25, 114, 700, 1009, 1016, 1184, 2950, 3802]
        const shared = () => [
          oids.map((oid) => pg.types.getTypeParser(oid)),
          oids.map((oid) => pg.types.getTypeParser(oid, "binary")),
          { ...pg.defaults },
        ]
        const before = shared()
        for (const oid of oids) pg.types.setTypeParser(oid, () => "changed by the program")
        try {
          const store = database.open()
          const changed = shared()
          const options = { condition: { query: [{ tags: ['b,"\\{}'] }] } }
          await store.append(account("alice"), [{ ...event, tags: ["a", 'b,"\\{}'] }], options)
          expect(await failureOf(store.append(account("bob"), [event, event], options))).toMatchObject({
            code: "CONDITION_FAILED",
            position: 1,
          })
          await store.checkpoints.advance("reader", { from: 0, to: 1 })
          expect(await store.readAll({ types: ["opened"] }).toArray()).toMatchObject([
            { position: 1, version: 1, tags: ["a", 'b,"\\{}'], recordedAt: expect.any(Number) },
          ])
          expect(await store.checkpoints.load("reader")).toMatchObject([{ position: 1 }])
          expect(shared()).toEqual(changed)
        } finally {
          for (const [index, oid] of oids.entries())
            pg.types.setTypeParser(oid, before[0]?.[index as never] as never)
        }
        expect(shared()).toEqual(before)
      })

      it("reads what it wrote under whatever settings its role has", async () => {
        await database.open().migrate()
        const { role, url: roleUrl } = await database.createRole()
        const settings = {
          timezone: "'Asia/Kathmandu'",
          datestyle: "'SQL, DMY'",
          intervalstyle: "'sql_standard'",
          bytea_output: "'escape'",
          extra_float_digits: "-10",
          search_path: "''",
          quote_all_identifiers: "on",
          lc_numeric: "'C'",
          work_mem: "'64kB'",
          row_security: "off",
          client_min_messages: "debug1",
          plan_cache_mode: "force_custom_plan",
        }
        for (const [name, value] of Object.entries(settings))
          await database.query(`ALTER ROLE ${role} SET ${name} = ${value}`)
        const store = database.open({ connectionString: roleUrl, migrate: "manual", codecs: [asBytes] })
        const text = `\\x00 \\001 \\\\ ' " \u0000 é 🗄 ${String.fromCharCode(...Array(256).keys())}`
        const full = {
          ...event,
          data: { text },
          tags: ["b\\ack", "com,ma", 'q"uoted', "{}"],
          occurredAt: 1234,
        }
        await store.append(account("alice"), [full])
        await store.append(account("bob"), [full, full])
        const read = await store.readAll({ tags: ['q"uoted'] }).toArray()
        expect(read).toHaveLength(3)
        for (const recorded of read) expect(recorded).toMatchObject(full)
        expect(await store.readStream(account("bob")).toArray()).toMatchObject([full, full])
      })

      it("says which isolation it needs when the server's default is another, and works in units of work", async () => {
        await database.open().migrate()
        const { role, url: roleUrl } = await database.createRole()
        await database.query(`ALTER ROLE ${role} SET default_transaction_isolation = 'serializable'`)
        const store = database.open({ connectionString: roleUrl, migrate: "manual" })
        for (const use of [() => store.append(account("alice"), [event]), () => store.head()]) {
          const failure = await failureOf(use())
          expect(failure).toMatchObject({ code: "INVALID_OPTION" })
          expect(failure.message).toMatch(/READ COMMITTED/)
        }
        await store.transaction(({ events }) => events.append(account("alice"), [event]))
      })
    })

    describe("prepared statements", () => {
      const prepared = async (pool: pg.Pool) =>
        (await pool.query("SELECT name FROM pg_prepared_statements")).rows.map(({ name }) => name as string)

      const everyScan = async (store: ReturnType<typeof database.open>) => {
        await store.append(account("alice"), [{ ...event, tags: ["a"] }])
        await store.append(account("alice"), [event, event])
        const tenant = store.forTenant("acme")
        await tenant.append(account("alice"), [{ ...event, tags: ["a"] }], {
          metadata: { correlationId: "x" } as never,
        })
        for (const direction of ["forward", "backward"] as const) {
          for (const log of [store, tenant]) {
            for (const filter of [
              {},
              { tags: ["a"] },
              { types: ["opened"] },
              { correlationId: "x" },
              { types: ["opened"], tags: ["a"], correlationId: "x", categories: ["account"], slots: [1, 2] },
              { types: ["opened"], correlationId: "x", categories: ["account"], slots: [1, 2] },
            ]) {
              await log.readAll({ ...filter, direction }).toArray()
            }
          }
        }
      }

      it("have names that PostgreSQL keeps whole, of their own for each schema", async () => {
        const told = vi.spyOn(console, "error")
        const pool = new pg.Pool({ connectionString: database.url, max: 1 })
        const [one, other] = [
          database.open({ pool }),
          database.open({ pool, schema: `${database.schema}_2` }),
        ]
        await everyScan(one)
        const names = await prepared(pool)
        await everyScan(other)
        expect(names.length).toBeGreaterThan(15)
        expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(63)
        expect(new Set(await prepared(pool)).size).toBe(names.length * 2)
        expect(told).not.toHaveBeenCalled()
        told.mockRestore()
        await Promise.all([one.close(), other.close()])
        await pool.end()
      })

      it("aren't made with prepare: false", async () => {
        const pool = new pg.Pool({ connectionString: database.url, max: 1 })
        const store = database.open({ pool, prepare: false })
        await everyScan(store)
        expect(await prepared(pool)).toEqual([])
        await store.close()
        await pool.end()
      })
    })

    describe("an error of the server", () => {
      const meanings: readonly (readonly [string, ErrorCode, boolean])[] = [
        ["53100", "STORE_FULL", false],
        ["53200", "STORE_BUSY", true],
        ["40001", "STORE_BUSY", true],
        ["40P01", "STORE_BUSY", true],
        ["55P03", "STORE_BUSY", true],
        ["57014", "STORE_BUSY", true],
        ["25006", "STORE_READ_ONLY", false],
        ["42501", "STORE_READ_ONLY", false],
        ["XX001", "STORE_CORRUPT", false],
        ["XX002", "STORE_CORRUPT", false],
        ["54000", "EVENT_TOO_LARGE", false],
        ["23505", "STORE_FAILED", false],
        ["23514", "STORE_FAILED", false],
        ["P0001", "STORE_FAILED", false],
        ["22021", "STORE_FAILED", false],
      ]

      it("comes out under a code of ours, with its own words, as the cause, and is never a conflict", async () => {
        const store = database.open()
        await store.append(account("alice"), [event])
        const { schema } = database
        await database.query(`
          CREATE FUNCTION ${schema}.throw() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'thrown by a test' USING ERRCODE = NEW.type; END $$;
          CREATE TRIGGER throwing BEFORE INSERT ON ${schema}.events FOR EACH ROW
            WHEN (NEW.type <> 'opened') EXECUTE FUNCTION ${schema}.throw()`)
        for (const [type, code, retryable] of meanings) {
          const bad = { ...event, type }
          for (const append of [
            () => store.append(account("alice"), [bad]),
            () => store.append(account("alice"), [event, bad], { expected: 1 }),
            () => store.append(account("alice"), [bad], { before: () => {} }),
            () => store.transaction(({ events }) => events.append(account("alice"), [bad])),
          ]) {
            const failure = await failureOf(append())
            expect(failure, type).toMatchObject({ code, retryable, cause: { code: type } })
            expect(failure.message).toMatch(/PostgreSQL: .*thrown by a test/)
          }
        }
        expect(await store.head()).toBe(1)
      })

      it("that a statement takes longer than the program's pool allows gives the connection up, and the pool goes on", async () => {
        const pool = new pg.Pool({ connectionString: database.url, max: 2, query_timeout: 2_000 })
        pool.on("error", () => {})
        await database.open().append(account("held"), [event])
        const store = database.open({ pool, migrate: "manual", retryForMs: 0 })
        const tx = await database.begin()
        await store.within(tx).events.append(account("held"), [event])
        expect(await failureOf(store.append(account("held"), [event]))).toMatchObject({
          code: "STORE_UNAVAILABLE",
          retryable: true,
        })
        await store.append(account("free"), [event])
        await store.append(account("free"), [event], { before: () => {} })
        await store.close()
        await pool.end()
      })
    })
  })
}

/** Keeps payloads as bytes. */
const asBytes: Codec = {
  name: "as-bytes",
  encode: ({ body, ...payload }) => ({ ...payload, body: Buffer.from(body as string) }),
  decode: ({ body, ...payload }) => ({ ...payload, body: Buffer.from(body as Uint8Array).toString() }),
}

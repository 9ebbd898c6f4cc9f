import { isAnnalsError } from "@annals/core"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import pg, { type Client } from "pg"
import { describe, expect, it } from "vitest"
import { inSchema } from "../src/sql/statement.ts"
import { readMessages } from "../src/statements/outbox.ts"
import { listStreamsOfCategory, readStreamForward } from "../src/statements/read.ts"
import { getRow } from "../src/statements/read-models.ts"
import { connected, type RoleDatabase, roleDatabase, rowsOf } from "./role-database.ts"
import { writeEverywhere } from "./write-everywhere.ts"

const account = (id: string) => ({ category: "account", id })
const opened = (text: string) => ({ type: "opened", data: text, tags: ["owner:alice"] })
const streamCount = 4

interface Subject extends RoleDatabase {
  /** A role that may write, and that the policies bind. */
  readonly store: PostgresStore
  readonly storeUrl: string
  sql<Result>(work: (client: Client) => Promise<Result>): Promise<Result>
}

/** Policies are on. */
async function subjectOn(url: string): Promise<Subject> {
  const roles = await roleDatabase(url)
  await connected(roles.ownerUrl, (client) => client.query("SELECT annals.enable_row_level_security()"))
  const storeUrl = await roles.createRole("writer")
  return {
    ...roles,
    store: roles.openAs(storeUrl, { rowLevelSecurity: true }),
    storeUrl,
    sql: (work) => connected(storeUrl, work),
  }
}

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    describe("a statement that forgets the tenant", () => {
      it("sees nothing where the transaction is bound to none, in every table that has tenants", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        const tables = await tablesOfTenants(subject)
        expect(tables.length).toBeGreaterThanOrEqual(12)
        await subject.sql(async (client) => {
          for (const table of tables) {
            expect(await rowsOf(client, `SELECT * FROM annals.${table}`), table).toEqual([])
          }
          expect(await rowsOf(client, "SELECT * FROM annals.event_log")).toEqual([])
        })
      })

      it("sees the rows of the tenant that the transaction is bound to, and of no other", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        await writeEverywhere(subject.store.forTenant("blue"))
        await writeEverywhere(subject.store.forTenant(""))
        const tables = await tablesOfTenants(subject)
        await subject.sql(async (client) => {
          for (const tenant of ["red", "blue", ""]) {
            await client.query("BEGIN")
            await client.query("SELECT set_config('annals.tenant', $1, true)", [`t:${tenant}`])
            for (const table of [...tables, "event_log"]) {
              const rows = await rowsOf(client, `SELECT DISTINCT tenant FROM annals.${table}`)
              expect(rows, table).toEqual([{ tenant }])
            }
            await client.query("COMMIT")
            // The setting is '' from now on, which isn't the tenant without a name.
            expect(await rowsOf(client, "SELECT * FROM annals.events")).toEqual([])
          }
        })
      })

      it("can't write for another tenant, nor for any where it is bound to none", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        const forge = `INSERT INTO annals.events
          SELECT (jsonb_populate_record(e, '{"tenant": "blue", "position": 1000, "version": 1000}')).* FROM annals.events e LIMIT 1`
        const add = `INSERT INTO annals.outbox (id, added_at, tenant, topic, body)
          VALUES ('00000000-0000-4000-8000-000000000001', 0, 'blue', 'a', 'null')`
        const move = "UPDATE annals.read_models SET tenant = 'blue'"
        await subject.sql(async (client) => {
          await expect(client.query(add)).rejects.toMatchObject({ code: "42501" })
          for (const statement of [forge, add, move]) {
            await client.query("BEGIN")
            await client.query("SELECT set_config('annals.tenant', 't:red', true)")
            await expect(client.query(statement)).rejects.toMatchObject({ code: "42501" })
            await client.query("ROLLBACK")
          }
        })
      })

      it("learns nothing of other tenants by the functions of the schema", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        await subject.store.forTenant("blue").leases.heartbeat("group", "me", 60_000)
        await subject.sql(async (client) => {
          await client.query("BEGIN")
          await client.query("SELECT set_config('annals.tenant', 't:blue', true)")
          expect(await rowsOf(client, "SELECT * FROM annals.list_kinds()")).toEqual([])
          expect(await rowsOf(client, "SELECT annals.settled_position()::int AS at")).toEqual([{ at: 0 }])
          expect(
            await rowsOf(client, "SELECT annals.find_match('red', 0, ARRAY['opened'], NULL, NULL) AS at"),
          ).toEqual([{ at: null }])
          const leases = await rowsOf(client, "SELECT owner FROM annals.inspect_leases('red', 'group')")
          expect(leases).toEqual([{ owner: null }])
          await client.query("SELECT annals.remove_dead_letters('red', 'source', ARRAY[]::uuid[])")
          await client.query("SELECT annals.reset_checkpoint('red', 'reader', NULL)")
          await client.query("COMMIT")
        })
        expect(await subject.store.forTenant("red").checkpoints.list()).toEqual(["reader"])
      })
    })

    describe("a tenant's handle behind policies", () => {
      it("appends beside those of other tenants, each under its own", async () => {
        await using subject = await subjectOn(url)
        const tenants = ["red", "blue", "green", ""]
        const appends = tenants.flatMap((tenant) =>
          Array.from({ length: 20 }, (_, index) =>
            subject.store
              .forTenant(tenant)
              .append(account(String(index % streamCount)), [opened(tenant), opened(tenant)]),
          ),
        )
        expect((await Promise.all(appends)).every(({ repeated }) => !repeated)).toBe(true)
        for (const tenant of tenants) {
          const handle = subject.store.forTenant(tenant)
          const read = await handle.readAll({ tags: ["owner:alice"] }).toArray()
          expect(read.map(({ data }) => data)).toEqual(Array.from({ length: 40 }, () => tenant))
          expect(await streamIdsOf(handle)).toEqual(["0", "1", "2", "3"])
          expect(await handle.listTenants()).toEqual([tenant])
        }
        expect((await subject.query("SELECT DISTINCT tenant FROM annals.events")).length).toBe(4)
      })

      it("keeps a unit of work to its tenant, with the SQL of the caller", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        await subject.store.forTenant("red").transaction(async ({ tx }) => {
          expect(await rowsOf(tx, "SELECT tenant FROM annals.events")).toEqual([{ tenant: "red" }])
        })
        await subject.store.forTenant("blue").transaction(async (unitOfWork) => {
          expect(await rowsOf(unitOfWork.tx, "SELECT * FROM annals.events")).toEqual([])
          await unitOfWork.events.append(account("b"), [opened("blue")])
          await unitOfWork.checkpoints.advance("reader", { from: 0, to: 1 })
          expect(await rowsOf(unitOfWork.tx, "SELECT tenant FROM annals.event_log")).toEqual([
            { tenant: "blue" },
          ])
        })
        expect(await subject.store.forTenant("blue").streamVersion(account("b"))).toBe(1)
      })

      it("works in a caller's transaction, also where two tenants share it, and behind savepoints", async () => {
        await using subject = await subjectOn(url)
        const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
        const pool = new pg.Pool({ connectionString: subject.storeUrl, max: 1 })
        const client = await pool.connect()
        await client.query("BEGIN")
        const [inRed, inBlue] = [red.within(client), blue.within(client)]
        await client.query("SAVEPOINT here")
        await inRed.events.append(account("r"), [opened("lost")])
        await client.query("ROLLBACK TO SAVEPOINT here")
        await inBlue.events.append(account("b"), [opened("blue")])
        await inRed.events.append(account("r"), [opened("red"), opened("red")])
        await inBlue.readModels.save("accounts", "b", { cents: 1 })
        expect(await inRed.readModels.get("accounts", "b")).toBeUndefined()
        expect(await inBlue.events.streamVersion(account("b"))).toBe(1)
        await client.query("COMMIT")
        client.release()
        await pool.end()
        expect(await red.streamVersion(account("r"))).toBe(2)
        expect(await blue.streamVersion(account("r"))).toBe(0)
      })

      it("recognises what it has recorded, alone and in a unit of work", async () => {
        await using subject = await subjectOn(url)
        const red = subject.store.forTenant("red")
        const event = { ...opened("once"), id: "00000000-0000-4000-8000-000000000001" }
        const [first] = await Promise.all([
          red.append(account("a"), [event]),
          red.append(account("b"), [opened("other")]),
        ])
        expect(await red.append(account("a"), [event])).toMatchObject({
          repeated: true,
          positions: first.positions,
        })
        const again = await red.transaction(({ events }) => events.append(account("a"), [event]))
        expect(again.repeated).toBe(true)
        const ofBlue = await subject.store.forTenant("blue").append(account("a"), [event])
        expect(ofBlue.repeated).toBe(false)
      })

      it("stops before an append in flight, of whichever tenant, and goes on when that has ended", async () => {
        await using subject = await subjectOn(url)
        const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
        const { position: settled } = await red.append(account("a"), [opened("1")])
        const later: string[] = []
        const texts = async () => (await red.readAll().toArray()).map(({ data }) => data)
        for (const inFlight of [red, blue]) {
          const before = await texts()
          await inFlight.transaction(async ({ events }) => {
            await events.append(account("held"), [opened("held")])
            // Elsewhere: the unit of work is this flow's own.
            await subject
              .openAs(subject.storeUrl, { rowLevelSecurity: true })
              .forTenant("red")
              .append(account("b"), [opened("later")])
            later.push("later")
            const reader = subject.openAs(subject.storeUrl, { rowLevelSecurity: true }).forTenant("red")
            expect((await reader.readAll().toArray()).map(({ data }) => data)).toEqual(before)
            expect(await reader.head()).toBeGreaterThanOrEqual(settled)
          })
          expect(await texts()).toEqual(inFlight === red ? ["1", "held", "later"] : [...before, "later"])
        }
      })

      it("lets a condition see its tenant's events only, and hold", async () => {
        await using subject = await subjectOn(url)
        const [red, blue] = [subject.store.forTenant("red"), subject.store.forTenant("blue")]
        await blue.append(account("b"), [opened("blue")])
        const condition = { query: [{ types: ["opened"], tags: ["owner:alice"] }] }
        const outcomes = await Promise.allSettled(
          Array.from({ length: 10 }, (_, index) =>
            red.append(account(String(index)), [opened("red")], { condition }),
          ),
        )
        expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1)
      })

      it("is woken by polling, though nobody's connection sees all events", async () => {
        await using subject = await subjectOn(url)
        const waiting = subject.openAs(subject.storeUrl, {
          rowLevelSecurity: true,
          listen: false,
          pollIntervalMs: 20,
        })
        await waiting.forTenant("red").head()
        let wakes = 0
        let wake = () => {}
        using _listening = waiting.wakeUps.listen(() => {
          wakes++
          wake()
        })
        const next = () => new Promise<void>((resolve) => (wake = resolve))
        await next() // the first look always wakes
        const woken = next()
        const seen = wakes
        await subject.store.forTenant("red").append(account("a"), [opened("1")])
        await woken
        expect(wakes).toBeGreaterThan(seen)
      })
    })

    describe("a handle that is bound to no tenant, behind policies", () => {
      it("sees nothing and writes nothing, not even for the tenant without a name", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant(""))
        const { store } = subject
        expect(await store.readAll().toArray()).toEqual([])
        expect(await store.readStream(account("a")).toArray()).toEqual([])
        expect(await store.listTenants()).toEqual([])
        expect(await store.checkpoints.list()).toEqual([])
        const writes = [
          () => store.append(account("b"), [opened("x")]),
          () => store.appendToStreams([{ stream: account("b"), events: [opened("x"), opened("y")] }]),
          () => store.readModels.save("accounts", "b", {}),
        ]
        for (const write of writes) {
          const error = await write().catch((thrown) => thrown)
          expect(isAnnalsError(error, "STORE_READ_ONLY") && error.message).toContain("row-level security")
        }
      })

      it("is bound as the schema's owner, and sees all with BYPASSRLS", async () => {
        await using subject = await subjectOn(url)
        await subject.store.forTenant("red").append(account("a"), [opened("red")])
        const owner = subject.openAs(subject.ownerUrl)
        expect(await owner.readAll().toArray()).toEqual([])
        const all = subject.openAs(await subject.createRole("writer", "BYPASSRLS"), {
          rowLevelSecurity: true,
        })
        await all.append(account("a"), [opened("none")])
        expect((await all.readAll().toArray()).map(({ tenant }) => tenant)).toEqual(["red", ""])
      })
    })

    describe("policies", () => {
      it("are off until they are switched on, and can be switched off", async () => {
        await using subject = await roleDatabase(url)
        const store = subject.openAs(await subject.createRole("writer"))
        const switchTo = (how: string) =>
          connected(subject.ownerUrl, (client) => client.query(`SELECT annals.${how}_row_level_security()`))
        await store.forTenant("red").append(account("a"), [opened("1")])
        await switchTo("enable")
        await switchTo("enable")
        expect(await store.readAll().toArray()).toEqual([])
        await switchTo("disable")
        expect(await store.readAll().toArray()).toHaveLength(1)
      })

      it("leave the indexes to those who look for one stream, or one row", async () => {
        await using subject = await subjectOn(url)
        await writeEverywhere(subject.store.forTenant("red"))
        const plans = [
          { statement: readStreamForward, values: [1, "red", "account", "a", 0, 10], uses: "id_start = " },
          { statement: listStreamsOfCategory, values: [1, "a", 10], uses: "id_start >= " },
          { statement: getRow, values: ["red", "accounts", "a"], uses: "id_start = " },
          { statement: readMessages, values: ["red", 0, 10], uses: '"left"(tenant, 600) = ' },
        ]
        await subject.sql(async (client) => {
          await client.query("SET enable_seqscan = off")
          for (const { statement, values, uses } of plans) {
            const text = `EXPLAIN (COSTS OFF) ${inSchema(statement.text, "annals")}`
            const { rows } = await client.query<{ "QUERY PLAN": string }>(text, values)
            const conditions = rows
              .map((row) => row["QUERY PLAN"])
              .filter((line) => line.includes("Index Cond:"))
            expect(conditions.join("\n"), statement.name).toContain(uses)
          }
        })
      })

      it("are switched on by the owner only", async () => {
        await using subject = await subjectOn(url)
        await subject.sql(async (client) => {
          const off = client.query("SELECT annals.disable_row_level_security()")
          await expect(off).rejects.toMatchObject({ code: "42501" })
        })
      })

      it("stand on every table that names a tenant", async () => {
        await using subject = await subjectOn(url)
        const bound = await subject.query(
          `SELECT relname FROM pg_class WHERE relnamespace = 'annals'::regnamespace
            AND relrowsecurity AND relforcerowsecurity ORDER BY relname`,
        )
        expect(bound.map(({ relname }) => relname)).toEqual(await tablesOfTenants(subject))
      })
    })

    describe("the view for people", () => {
      it("never shows a tenant's events to another, whoever owns it", async () => {
        await using subject = await subjectOn(url)
        await subject.store.forTenant("red").append(account("a"), [opened("1")])
        const reader = await subject.createRole("reader")
        const switchTo = (how: string) => subject.query(`SELECT annals.${how}_row_level_security()`)
        await switchTo("disable")
        await subject.query("ALTER VIEW annals.event_log OWNER TO CURRENT_USER")
        // Before PostgreSQL 15 a view looks with the rights of its owner: here, those of a superuser.
        if (service === "postgres-oldest") {
          await expect(switchTo("enable")).rejects.toMatchObject({ code: "55000" })
        } else {
          await switchTo("enable")
          expect(
            await connected(reader, (client) => rowsOf(client, "SELECT * FROM annals.event_log")),
          ).toEqual([])
        }
      })
    })
  })
}

async function streamIdsOf(store: PostgresStore): Promise<string[]> {
  const ids: string[] = []
  for await (const { stream } of store.listStreams()) ids.push(stream.id)
  return ids
}

async function tablesOfTenants({ query }: RoleDatabase): Promise<string[]> {
  const rows = await query(
    `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant'
      WHERE c.relnamespace = 'annals'::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
  )
  return rows.map(({ relname }) => String(relname))
}

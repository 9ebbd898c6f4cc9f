import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { inspect } from "node:util"
import { type AppendOptions, isAnnalsError } from "@annals/core"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import { createFakeClock } from "@annals/testing"
import pg from "pg"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type CuttingProxy, createCuttingProxy } from "./cutting-proxy.ts"
import { failureOf, freshDatabase, rolePassword } from "./fresh-database.ts"

const event = { type: "opened", data: null }
const account = (id: string) => ({ category: "account", id })

/** How the proxy knows a call: by the name of its statement. That of several appends ends there, with a zero byte. */
const lone = "-append"
const group = "-append\0"
const commit = "COMMIT\0"

usingService("postgres", (url) => {
  const database = freshDatabase(url)
  let proxy: CuttingProxy

  beforeEach(async () => {
    proxy = await createCuttingProxy(database.url)
  })
  afterEach(() => proxy[Symbol.asyncDispose]())

  /** A store behind the proxy, with everything prepared. */
  async function openBehindProxy(): Promise<PostgresStore> {
    const store = database.open({ connectionString: proxy.url })
    await store.head()
    return store
  }

  async function stored(): Promise<unknown[]> {
    const events = await database.open().readAll().toArray()
    return events.map(({ stream, version }) => `${stream.id} ${version}`)
  }

  describe.each([
    ["before the server has it", "before"],
    ["when the server has committed it", "after"],
  ] as const)("a connection that is lost %s", (_when, when) => {
    it.each<[string, AppendOptions]>([
      ["any", {}],
      ["no-stream", { expected: "no-stream" }],
      ["a version", { expected: 0 }],
      ["a condition", { condition: { query: [{ types: ["opened"] }] } }],
    ])(
      "leaves a lone append that expects %s recorded once, as if nothing had been",
      async (_what, options) => {
        const store = await openBehindProxy()
        proxy.cut(lone, when)
        expect(await store.append(account("alice"), [event], options)).toMatchObject({
          version: 1,
          repeated: false,
        })
        expect(proxy.ordered).toBe(0)
        expect(await stored()).toEqual(["alice 1"])
      },
    )

    it("may be lost again and again", async () => {
      const store = await openBehindProxy()
      for (const again of [when, "after", "before", "after"] as const) proxy.cut(lone, again)
      await store.append(account("alice"), [event], { expected: "no-stream" })
      expect(proxy.ordered).toBe(0)
      expect(await stored()).toEqual(["alice 1"])
    })

    it("leaves an append of several events to several streams whole", async () => {
      const store = await openBehindProxy()
      proxy.cut(group, when)
      const result = await store.appendToStreams([
        { stream: account("alice"), events: [event, event], expected: "no-stream" },
        { stream: account("bob"), events: [event] },
      ])
      expect(result).toMatchObject({ repeated: false, positions: [1, 2, 3], version: 2 })
      expect(await stored()).toEqual(["alice 1", "alice 2", "bob 1"])
    })

    it("gives each member of a group the outcome that it would have had", async () => {
      const store = await openBehindProxy()
      await store.append(account("known"), [event])
      const leader = store.append(account("leader"), [event])
      proxy.cut(group, when)
      const outcomes = await Promise.allSettled([
        store.append(account("alice"), [event], { expected: "no-stream" }),
        store.append(account("alice"), [event], { expected: 1 }),
        store.append(account("alice"), [event], { expected: "no-stream" }),
        store.append(account("known"), [event], { expected: 7 }),
        store.append(account("bob"), [event, event]),
        store.append(account("carol"), [event], { condition: { query: [{ types: ["opened"] }] } }),
        store.append(account("alice"), [event]),
      ])
      await leader
      expect(proxy.ordered).toBe(0)
      const told = outcomes.map((outcome) =>
        outcome.status === "fulfilled"
          ? [outcome.value.version, outcome.value.repeated]
          : [outcome.reason.code, outcome.reason.actual],
      )
      expect(told).toEqual([
        [1, false],
        [2, false],
        ["VERSION_CONFLICT", expect.any(Number)],
        ["VERSION_CONFLICT", 1],
        [2, false],
        ["CONDITION_FAILED", undefined],
        [3, false],
      ])
      expect((await stored()).sort()).toEqual(
        ["alice 1", "alice 2", "alice 3", "bob 1", "bob 2", "known 1", "leader 1"].sort(),
      )
    })

    it("is a repeat for ids that were given, where it was recorded", async () => {
      const store = await openBehindProxy()
      const given = { ...event, id: randomUUID() }
      proxy.cut(lone, when)
      expect(await store.append(account("alice"), [given], { expected: "no-stream" })).toMatchObject({
        version: 1,
        repeated: when === "after",
      })
      expect(await stored()).toEqual(["alice 1"])
    })

    it.each([
      ["new ids", {}],
      ["given ids", { id: randomUUID() }],
    ])("runs a hook again only if its append was not committed: with %s", async (_which, ids) => {
      const store = await openBehindProxy()
      proxy.cut(commit, when)
      let runs = 0
      const result = await store.append(account("alice"), [{ ...event, ...ids }], {
        expected: "no-stream",
        before: async ({ checkpoints }) => {
          runs++
          expect(await checkpoints.advance("reader", { from: 0, to: 1 })).toBe("advanced")
        },
      })
      expect(result).toMatchObject({ version: 1, repeated: when === "after" && "id" in ids })
      expect(runs).toBe(when === "before" ? 2 : 1)
      expect(await stored()).toEqual(["alice 1"])
      expect(await store.checkpoints.load("reader")).toMatchObject([{ position: 1 }])
    })

    it.each(["BEGIN", lone])("runs a hook once when it is lost at %j, before the hook", async (text) => {
      const store = await openBehindProxy()
      proxy.cut(text, when)
      const before = vi.fn()
      await store.append(account("alice"), [event], { expected: "no-stream", before })
      expect(before).toHaveBeenCalledTimes(1)
      expect(await stored()).toEqual(["alice 1"])
    })

    it("begins a unit of work again when nothing of it has begun", async () => {
      const store = await openBehindProxy()
      proxy.cut("BEGIN", when)
      const work = vi.fn(({ events }) => events.append(account("alice"), [event]))
      await store.transaction(work)
      expect(work).toHaveBeenCalledTimes(1)
      expect(await stored()).toEqual(["alice 1"])
    })

    it("rejects a unit of work, of which nothing is there", async () => {
      const store = await openBehindProxy()
      const work = vi.fn(async ({ events, checkpoints }) => {
        await events.append(account("alice"), [event])
        await checkpoints.advance("reader", { from: 0, to: 1 })
        proxy.cut(lone, when)
        await events.append(account("bob"), [event])
      })
      expect(await failureOf(store.transaction(work))).toMatchObject({ code: "STORE_UNAVAILABLE" })
      expect(work).toHaveBeenCalledTimes(1)
      expect(await stored()).toEqual([])
      expect(await store.checkpoints.load("reader")).toEqual([])
    })

    it("rejects a unit of work also where its work heeds no error", async () => {
      const store = await openBehindProxy()
      proxy.cut(lone, when)
      const work = ({ events }: { events: PostgresStore }) =>
        events.append(account("alice"), [event]).catch(() => {})
      const failure = await failureOf(store.transaction(work as never))
      expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE" })
      expect(await stored()).toEqual([])
    })

    it("rejects a unit of work whose commit it took with it, which is there whole or not at all", async () => {
      const store = await openBehindProxy()
      proxy.cut(commit, when)
      const failure = await failureOf(
        store.transaction(async ({ events }) => {
          await events.append(account("alice"), [event])
          await events.append(account("bob"), [event])
        }),
      )
      expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE" })
      expect(await stored()).toEqual(when === "after" ? ["alice 1", "bob 1"] : [])
    })

    it("lets reads go on", async () => {
      const store = await openBehindProxy()
      await store.append(account("alice"), Array(5).fill(event))
      for (const text of ["-read-stream-forward\0", "-read-log-forward\0", "-settled-position\0"]) {
        proxy.cut(text, when)
      }
      expect(await store.readStream(account("alice"), { pageSize: 2 }).toArray()).toHaveLength(5)
      expect(await store.readAll({ pageSize: 2 }).toArray()).toHaveLength(5)
      expect(await store.head()).toBe(5)
      expect(proxy.ordered).toBe(0)
    })

    it("ends an append in the caller's transaction with an error", async () => {
      const store = await openBehindProxy()
      const client = new pg.Client({ connectionString: proxy.url })
      client.on("error", () => {})
      await client.connect()
      await client.query("BEGIN")
      const unit = store.within(client as never)
      await unit.events.append(account("alice"), [event])
      proxy.cut(lone, when)
      for (const stream of ["bob", "carol"]) {
        expect(await failureOf(unit.events.append(account(stream), [event]))).toMatchObject({
          code: "STORE_UNAVAILABLE",
        })
      }
      expect(await stored()).toEqual([])
    })
  })

  describe("a backend that is terminated", () => {
    /** Also waits until they are gone: one that is dying still shows what it waited for. */
    const terminate = async (where: string) => {
      const rows = await database.query(
        `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = $1 AND pid <> pg_backend_pid() AND ${where}`,
        [database.name],
      )
      expect(rows.length).toBeGreaterThan(0)
      const pids = rows.map(({ pid }) => pid)
      const left = () => database.query("SELECT FROM pg_stat_activity WHERE pid = ANY ($1)", [pids])
      while ((await left()).length > 0);
    }

    it("has its append done by another, once", async () => {
      const store = database.open()
      await store.append(account("held"), [event])
      const tx = await database.begin()
      await store.within(tx).events.append(account("held"), [event])
      const waiting = [store.append(account("held"), [event]), store.append(account("held"), [event, event])]
      for (let time = 0; time < 3; time++) {
        await database.untilWaiting(1)
        await terminate("wait_event_type = 'Lock'")
      }
      await database.untilWaiting(1)
      await tx.query("COMMIT")
      expect((await Promise.all(waiting)).map(({ version }) => version)).toEqual([3, 5])
      expect(await store.streamVersion(account("held"))).toBe(5)
    })

    it("takes with it the unit of work that was on it, and nothing else", async () => {
      const store = database.open()
      const failure = await failureOf(
        store.transaction(async ({ events, tx }) => {
          await events.append(account("alice"), [event])
          const { rows } = await tx.query("SELECT pg_backend_pid() AS pid")
          await terminate(`pid = ${rows[0].pid}`)
          await events.append(account("bob"), [event])
        }),
      )
      expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true })
      await store.append(account("carol"), [event])
      expect(await stored()).toEqual(["carol 1"])
    })

    it("is replaced when it was idle", async () => {
      const store = database.open()
      await store.append(account("alice"), [event])
      for (let version = 2; version < 6; version++) {
        await terminate("state = 'idle' AND query LIKE '%append%'")
        expect(await store.append(account("alice"), [event])).toMatchObject({ version })
      }
    })
  })

  describe("a limit of the server", () => {
    it("on the time of a statement is STORE_BUSY, and leaves nothing half", async () => {
      const owner = database.open()
      await owner.append(account("held"), [event])
      const { role, url: roleUrl } = await database.createRole()
      await database.query(`ALTER ROLE ${role} SET statement_timeout = '2s'`)
      const store = database.open({ connectionString: roleUrl, migrate: "manual" })
      const tx = await database.begin()
      await owner.within(tx).events.append(account("held"), [event])
      const failing = [
        () => store.append(account("held"), [event]),
        () =>
          store.appendToStreams([
            { stream: account("free"), events: [event] },
            { stream: account("held"), events: [event] },
          ]),
        () => store.append(account("held"), [event], { before: () => {} }),
        () => store.transaction(({ events }) => events.append(account("held"), [event])),
      ]
      const failures = failing.map((append) => failureOf(append()))
      await Promise.all([store.append(account("other"), [event]), store.append(account("another"), [event])])
      for (const failure of await Promise.all(failures)) {
        expect(failure).toMatchObject({ code: "STORE_BUSY", retryable: true })
        expect(failure.message).toMatch(/statement_timeout/)
      }
      await tx.query("ROLLBACK")
      expect((await stored()).sort()).toEqual(["another 1", "held 1", "other 1"])
      expect(await store.append(account("held"), [event])).toMatchObject({ version: 2 })
    })

    it("on the time to wait for a lock is STORE_BUSY", async () => {
      const owner = database.open()
      await owner.migrate()
      const { role, url: roleUrl } = await database.createRole()
      await database.query(`ALTER ROLE ${role} SET lock_timeout = '100ms'`)
      const store = database.open({ connectionString: roleUrl, migrate: "manual" })
      const tx = await database.begin()
      await owner.within(tx).events.append(account("held"), [event])
      expect(await failureOf(store.append(account("held"), [event]))).toMatchObject({
        code: "STORE_BUSY",
        retryable: true,
      })
    })

    it("on idle transactions ends a unit of work that takes too long", async () => {
      await database.open().migrate()
      const { role, url: roleUrl } = await database.createRole()
      await database.query(`ALTER ROLE ${role} SET idle_in_transaction_session_timeout = '100ms'`)
      const store = database.open({ connectionString: roleUrl, migrate: "manual" })
      const failure = await failureOf(
        store.transaction(async ({ events }) => {
          await events.append(account("alice"), [event])
          const sessions = () => database.query("SELECT FROM pg_stat_activity WHERE usename = $1", [role])
          while ((await sessions()).length > 0) await sleep(10)
          await events.append(account("bob"), [event])
        }),
      )
      expect(isAnnalsError(failure)).toBe(true)
      expect(await stored()).toEqual([])
      expect(await store.append(account("carol"), [event])).toMatchObject({ version: 1 })
    })

    it("on connections is waited out, and then said", async () => {
      await database.open().migrate()
      const { url: roleUrl } = await database.createRole("CONNECTION LIMIT 1")
      const holder = new pg.Client({ connectionString: roleUrl })
      await holder.connect()
      const impatient = database.open({ connectionString: roleUrl, migrate: "manual", retryForMs: 0 })
      const failure = await failureOf(impatient.append(account("alice"), [event]))
      expect(failure).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true })
      expect(failure.message).toMatch(/too many connections/)

      await using gate = await createCuttingProxy(roleUrl)
      const patient = database.open({ connectionString: gate.url, migrate: "manual", retryForMs: 50_000 })
      const append = patient.append(account("alice"), [event])
      while (gate.asked < 3) await sleep(5)
      await holder.end()
      expect(await append).toMatchObject({ version: 1 })
    })

    it("on connections leaves appends one after the other", async () => {
      await database.open().migrate()
      const { url: roleUrl } = await database.createRole("CONNECTION LIMIT 2")
      const store = database.open({
        connectionString: roleUrl,
        migrate: "manual",
        maxConnections: 2,
        retryForMs: 50_000,
      })
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          store.append(account(`${index % 3}`), [event], index % 2 === 0 ? {} : { before: () => {} }),
        ),
      )
      expect(await store.head()).toBe(30)
    })
  })

  describe("a server that can't be reached", () => {
    it("is tried again for as long as retryForMs says", async () => {
      await database.open().migrate()
      await using gate = await createCuttingProxy(database.url)
      gate.refuse(true)
      const impatient = database.open({ connectionString: gate.url, migrate: "manual", retryForMs: 0 })
      const uses = [
        () => impatient.append(account("alice"), [event]),
        () => impatient.append(account("alice"), [event], { before: () => {} }),
        () => impatient.transaction(() => {}),
        () => impatient.readAll().toArray(),
        () => impatient.head(),
        () => impatient.migrate(),
      ]
      for (const use of uses) {
        expect(await failureOf(use())).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true })
      }
      const patient = database.open({ connectionString: gate.url, migrate: "manual", retryForMs: 50_000 })
      const asked = gate.asked
      const append = patient.append(account("alice"), [event])
      while (gate.asked < asked + 3) await sleep(5)
      gate.refuse(false)
      expect(await append).toMatchObject({ version: 1 })
      gate.refuse(true)
    })

    it("is tried no longer than that, alone and together", async () => {
      await database.open().migrate()
      await using gate = await createCuttingProxy(database.url)
      const clock = createFakeClock()
      const store = database.open({ connectionString: gate.url, migrate: "manual", retryForMs: 5000, clock })
      await store.head()
      gate.refuse(true)
      // Of this database alone: others on the server are busy with tests of their own.
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = $1 AND query LIKE '%settled_position%' AND pid <> pg_backend_pid()`,
        [database.name],
      )
      const start = clock.now()
      const appends = Promise.allSettled(["a", "b", "c"].map((id) => store.append(account(id), [event])))
      let isOver = false
      void appends.then(() => (isOver = true))
      while (!isOver) {
        await clock.advance(25)
        await sleep(1)
      }
      for (const outcome of await appends) {
        expect(outcome).toMatchObject({ reason: { code: "STORE_UNAVAILABLE", retryable: true } })
      }
      expect(clock.now() - start).toBeGreaterThan(3000)
      expect(clock.now() - start).toBeLessThan(6000)
    })

    it("is told by an error that holds no password, wherever one looks", async () => {
      const target = new URL(database.url)
      const urls = [
        `postgres://nobody_there:${rolePassword}@${target.host}${target.pathname}`,
        `postgres://postgres:${rolePassword}@127.0.0.1:1/nowhere`,
        `postgres://postgres:${rolePassword}@no.such.host.invalid/nowhere`,
        `postgres://postgres:${rolePassword}@${target.host}/no_such_database?application_name=x`,
        `postgres://postgres:${rolePassword}@[bad/nowhere`,
        `postgres://postgres:${rolePassword}@127.0.0.1:notaport/nowhere`,
        `postgres://postgres:${rolePassword}@127.0.0.1:1/nowhere?sslmode=verify-full&sslrootcert=/no/such/file`,
      ]
      for (const connectionString of urls) {
        const store = database.open({ connectionString, retryForMs: 0 })
        const failure = await failureOf(store.append(account("alice"), [event]))
        expect(isAnnalsError(failure), inspect(failure)).toBe(true)
        expect(inspect(failure, { depth: 10 })).not.toContain(rolePassword)
        for (let error: unknown = failure; error instanceof Error; error = error.cause) {
          expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(rolePassword)
        }
      }
    })
  })

  describe("a pool of the caller's", () => {
    it("is given back as it was: not ended, no setting changed, nothing left listening", async () => {
      const pool = new pg.Pool({ connectionString: database.url, max: 1 })
      const settings = async () =>
        (await pool.query("SHOW ALL")).rows.map(({ name, setting }) => [name, setting])
      const listeners = async () => {
        const client = await pool.connect()
        const counts = client.eventNames().map((name) => [name, client.listenerCount(name)])
        const ofPool = pool.eventNames().map((name) => [name, pool.listenerCount(name)])
        client.release()
        return [counts, ofPool]
      }
      pool.on("error", () => {})
      await pool.query("DO $$ BEGIN END $$") // settings of the language come with its first use
      const before = [await settings(), await listeners()]
      {
        await using store = database.open({ pool })
        await store.migrate()
        await Promise.allSettled(
          Array.from({ length: 20 }, (_, index) =>
            store.append(account(`${index % 3}`), [event], index % 5 === 0 ? { expected: 17 } : {}),
          ),
        )
        await store.transaction(({ events }) => events.append(account("unit"), [event]))
        await failureOf(store.transaction(() => Promise.reject(new Error("no"))))
        await failureOf(store.transaction(({ tx }) => tx.query("SELECT 1/0")))
        await failureOf(store.transaction(({ tx }) => tx.query("SELECT 1/0").catch(() => {})))
        await store.append(account("hook"), [event], { before: () => {} })
        await store.append(account("condition"), [event], { condition: { query: [{ tags: ["x"] }] } })
        await store.readAll({ types: ["opened"] }).toArray()
        expect([await settings(), await listeners()]).toEqual(before)
      }
      expect([await settings(), await listeners()]).toEqual(before)
      expect(pool.ended).toBe(false)
      expect(pool.totalCount).toBe(1)
      await pool.end()
    })

    it("serves appends also when it has one connection only", async () => {
      const pool = new pg.Pool({ connectionString: database.url, max: 1 })
      const store = database.open({ pool })
      await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          store.append(account(`${index % 3}`), [event], index % 4 === 0 ? { before: () => {} } : {}),
        ),
      )
      expect(await store.head()).toBe(30)
      await store.close()
      await pool.end()
    })
  })
})

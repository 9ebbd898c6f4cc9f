import { setTimeout as sleep } from "node:timers/promises"
import { type Clock, isAnnalsError, systemClock } from "@annals/core"
import { usingService } from "@annals/services"
import { createFakeClock } from "@annals/testing"
import pg, { type ClientConfig, type PoolClient, type Submittable } from "pg"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: null }
const account = { category: "account", id: "alice" }
const failure = new Error("no")
const closed = { code: "CLOSED", message: "this unit of work has ended: await all that is done in it" }

/** Every way to have a client say something to the server, and how the error comes back. */
const queries: Record<string, (tx: PoolClient, text: string) => Promise<unknown>> = {
  "a text": (tx, text) => tx.query(text),
  "a text with values": (tx, text) => tx.query(`${text} RETURNING $1::int`, [1]),
  "a config": (tx, text) => tx.query({ text }),
  "a text and a callback": (tx, text) =>
    called((done) => tx.query(text, (error, result) => done(error, result))),
  "a text with values and a callback": (tx, text) =>
    called((done) => tx.query(`${text} RETURNING $1::int`, [1], (error, result) => done(error, result))),
  "a query with a callback": (tx, text) =>
    called((done) =>
      tx.query(new (pg as unknown as WithQuery).Query(text, undefined, done) as unknown as Submittable),
    ),
  "a query that tells by events": (tx, text) =>
    new Promise((resolve, reject) => {
      const query = tx.query(new (pg as unknown as WithQuery).Query(text) as unknown as Listening)
      query.on("end", resolve)
      query.on("error", reject)
    }),
}

interface WithQuery {
  readonly Query: new (text: string, values?: unknown, callback?: unknown) => unknown
}

interface Listening extends Submittable {
  on(name: string, listener: (value: unknown) => void): void
}

function called(run: (done: (error: unknown, result?: unknown) => void) => void): Promise<unknown> {
  return new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))))
}

for (const service of ["postgres", "postgres-oldest", "pgbouncer"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)
    const prepare = service !== "pgbouncer"
    let insert: (id: number) => string

    beforeEach(async () => {
      await database.query(`CREATE SCHEMA ${database.schema}`)
      await database.query(`CREATE TABLE ${database.schema}.notes (id int PRIMARY KEY)`)
      await database.query(`CREATE TABLE ${database.schema}.locked ()`)
      insert = (id) => `INSERT INTO ${database.schema}.notes VALUES (${id})`
    })

    const notes = async () =>
      (await database.query(`SELECT id FROM ${database.schema}.notes ORDER BY id`)).map(({ id }) => id)

    /** A store with one connection, so that everybody after a unit of work gets what that had. */
    async function openNarrow(config: ClientConfig = {}, clock: Clock = systemClock) {
      await database.open({ prepare }).migrate()
      const pool = new pg.Pool({ connectionString: database.url, max: 1, ...config })
      pool.on("error", () => {})
      const store = database.open({ pool, prepare, clock })
      return { pool, store, [Symbol.asyncDispose]: () => store.close().then(() => pool.end()) }
    }

    describe.each(["commit", "rollback"])("the client of a unit of work, after its %s", (end) => {
      async function endedClient(store: ReturnType<typeof database.open>): Promise<PoolClient> {
        let kept: PoolClient | undefined
        const work = store.transaction(async ({ tx }) => {
          kept = tx
          await tx.query(insert(0))
          if (end === "rollback") throw failure
        })
        if (end === "rollback") expect(await failureOf(work)).toBe(failure)
        else await work
        return kept as PoolClient
      }
      const before = end === "commit" ? [0] : []

      it.each(Object.entries(queries))("takes no query any more: %s", async (_form, query) => {
        await using subject = await openNarrow()
        const { store } = subject
        await store.transaction(({ tx }) => query(tx, insert(9)))
        const tx = await endedClient(store)
        expect(await failureOf(query(tx, insert(1)))).toMatchObject(closed)
        await store.transaction(async (other) => {
          expect(await failureOf(query(tx, insert(2)))).toMatchObject(closed)
          await other.tx.query(insert(3))
        })
        expect(await notes()).toEqual([...before, 3, 9])
      })

      it("is no transaction to write within, also for another store", async () => {
        await using subject = await openNarrow()
        const { store } = subject
        const another = database.open({ prepare })
        const tx = await endedClient(store)
        const write = (from: typeof store) => from.within(tx).events.append(account, [event])
        expect(await failureOf(write(store))).toMatchObject({ code: "CLOSED" })
        await store.transaction(async ({ events }) => {
          for (const from of [store, another]) {
            expect(await failureOf(write(from))).toMatchObject({ code: "CLOSED" })
            expect(await failureOf(from.within(tx).readModels.save("m", "i", 1))).toMatchObject({
              code: "CLOSED",
            })
          }
          await events.append(account, [event])
        })
        expect(await store.streamVersion(account)).toBe(1)
        expect(await store.readModels.get("m", "i")).toBeUndefined()
      })

      it("can't be given back, ended or listened to, but no longer be listened to", async () => {
        await using subject = await openNarrow()
        const tx = await endedClient(subject.store)
        for (const use of [
          () => tx.release(),
          () => (tx as unknown as pg.Client).end(),
          () => tx.on("drain", () => {}),
        ])
          expect(use).toThrow(closed.message)
        tx.off("drain", () => {})
        expect(tx.escapeIdentifier("a")).toBe('"a"')
        expect(`${tx}`).toBe("[object Object]")
        expect(await subject.store.head()).toBe(0)
      })
    })

    describe("the client of an open unit of work", () => {
      it("is one to whoever looks, and can be written within", async () => {
        await using subject = await openNarrow()
        const { store } = subject
        const another = database.open({ prepare })
        await store.transaction(async ({ tx, events, forTenant }) => {
          expect(tx).toBeInstanceOf(pg.Client)
          expect(tx.query).toBe(tx.query)
          expect(forTenant("red").tx).toBe(tx)
          expect(Object.getPrototypeOf(tx).constructor.name).toBe(tx.constructor.name)
          expect("processID" in tx).toBe(true)
          expect(tx.getTransactionStatus()).toBe("T")
          const notices: unknown[] = []
          const listener = (notice: { message?: string | undefined }) => notices.push(notice.message)
          expect(tx.on("notice", listener)).toBe(tx)
          await tx.query("DO $$ BEGIN RAISE NOTICE 'heard'; END $$")
          expect(tx.off("notice", listener)).toBe(tx)
          expect(notices).toEqual(["heard"])
          await events.append(account, [event])
          await store.within(tx).events.append(account, [event], { expected: 1 })
          await another.within(tx).events.append(account, [event], { expected: 2 })
          expect(store.within(tx).tx).toBe(tx)
        })
        expect(await store.streamVersion(account)).toBe(3)
      })
    })

    describe("a unit of work that fails while something of it is still running", () => {
      const lock = (tx: PoolClient) => tx.query(`LOCK TABLE ${database.schema}.locked`)

      /** Fails a unit of work that has a row locked, and left a statement behind that waits for ever. */
      async function leaveBehind(
        store: ReturnType<typeof database.open>,
        leave: (tx: PoolClient) => Promise<unknown> = lock,
      ): Promise<Error> {
        const holder = await database.begin()
        await lock(holder)
        let left: Promise<Error> | undefined
        const work = store.transaction(async ({ tx, events }) => {
          await events.append(account, [event])
          await tx.query(insert(1))
          left = failureOf(leave(tx))
          await untilLeft()
          throw failure
        })
        expect(await failureOf(work)).toBe(failure)
        return left as Promise<Error>
      }
      let untilLeft: () => Promise<void>
      beforeEach(() => {
        untilLeft = () => database.untilWaiting(1)
      })

      it("is rolled back, and its locks are gone, though the statement waits for a lock", async () => {
        const store = database.open({ prepare })
        await store.migrate()
        expect(await leaveBehind(store)).toMatchObject({ code: "57014" })
        await database.untilWaiting(0)
        await database.query(insert(1))
        await store.append(account, [event], { expected: "no-stream" })
        expect(await notes()).toEqual([1])
      })

      it("leaves no connection in the pool that anything could still happen on", async () => {
        await using subject = await openNarrow()
        const { store, pool } = subject
        const released: unknown[] = []
        pool.on("release", (error) => released.push(error))
        let queued: Promise<Error>[] = []
        await leaveBehind(store, (tx) => {
          const first = lock(tx)
          queued = [failureOf(tx.query(insert(2))), failureOf(tx.query(insert(3)))]
          return first
        })
        expect(released.at(-1)).toBeInstanceOf(Error)
        expect(await Promise.all(queued)).toMatchObject([{ code: "25P02" }, { code: "25P02" }])
        await store.transaction(({ tx }) => tx.query(insert(4)))
        expect(await notes()).toEqual([4])
        expect(pool.totalCount).toBe(1)
      })

      it("leaves a store's own write behind in the same way", async () => {
        const store = database.open({ prepare })
        await store.migrate()
        const holder = await database.begin()
        await store.within(holder).readModels.save("m", "i", 1)
        let left: Promise<Error> | undefined
        const work = store.transaction(async ({ tx, readModels }) => {
          await tx.query(insert(1))
          left = failureOf(readModels.save("m", "i", 2))
          await database.untilWaiting(1)
          throw failure
        })
        expect(await failureOf(work)).toBe(failure)
        expect(isAnnalsError(await left)).toBe(true)
        await database.query(insert(1))
      })

      it("keeps its connection where what was left ends soon", async () => {
        // However long a busy server takes for it, nobody's patience ends before.
        await using subject = await openNarrow({}, createFakeClock())
        const { store, pool } = subject
        const removed = vi.fn()
        pool.on("remove", removed)
        const work = store.transaction(({ tx }) =>
          Promise.all([tx.query("SELECT 1 / 0"), tx.query(insert(1)), tx.query("SELECT 1")]),
        )
        expect(await failureOf(work)).toMatchObject({ code: "22012" })
        await store.head()
        expect(removed).not.toHaveBeenCalled()
        expect(await notes()).toEqual([])
      })

      it("breaks the connection off that doesn't answer at all", async () => {
        await using subject = await openNarrow()
        const { store } = subject
        untilLeft = () => sleep(50)
        await leaveBehind(store, (tx) => called((done) => tx.query(new OpenPortal(done))))
        await store.transaction(({ tx }) => tx.query(insert(1)))
        expect(await notes()).toEqual([1])
      })

      it("is rolled back where answers are waited for only so long", async () => {
        // Long enough for all that nothing stands in the way of, and shorter than the store's patience.
        await using subject = await openNarrow({ query_timeout: 2_000 }, createFakeClock())
        const left = await leaveBehind(subject.store)
        expect(left).toMatchObject({ message: "Query read timeout" })
        await database.untilWaiting(0)
        await database.query(insert(1))
      })

      if (service !== "pgbouncer") {
        it("is rolled back where statements are sent ahead of answers", async () => {
          await using subject = await openNarrow({ pipeline: true } as ClientConfig)
          expect(await leaveBehind(subject.store)).toMatchObject({ code: "57014" })
          await database.untilWaiting(0)
          await subject.store.transaction(({ tx }) => tx.query(insert(1)))
          expect(await notes()).toEqual([1])
        })
      }
    })
  })
}

/** Reads a first row and keeps the rest for later, as cursors do: until then, nothing else gets an answer. */
class OpenPortal implements Submittable {
  readonly #done: (error: unknown) => void

  constructor(done: (error: unknown) => void) {
    this.#done = done
  }

  submit(connection: pg.Connection): void {
    const messages = connection as unknown as Record<string, (message?: object) => void>
    messages.parse?.({ text: "SELECT generate_series(1, 9)", name: "", types: [] })
    messages.bind?.({ portal: "", statement: "", values: [] })
    messages.execute?.({ portal: "", rows: 1 })
    messages.flush?.()
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {}
  handleEmptyQuery(): void {}
  handleError(error: Error): void {
    this.#done(error)
  }
}

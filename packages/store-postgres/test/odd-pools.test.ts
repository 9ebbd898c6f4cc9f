import { usingService } from "@annals/services"
import { createFakeClock } from "@annals/testing"
import pg, { type ClientConfig, type Pool, type PoolClient } from "pg"
import { describe, expect, it, vi } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: null, tags: ["a", "b"] }
const account = (id: string) => ({ category: "account", id })

usingService("postgres", (url) => {
  const database = freshDatabase(url)

  describe("a pool", () => {
    it("may send statements ahead of answers", async () => {
      const pipelined = { connectionString: database.url, max: 2, pipeline: true } as ClientConfig
      const pool = new pg.Pool(pipelined)
      const store = database.open({ pool })
      await Promise.all(Array.from({ length: 5 }, (_, id) => store.append(account(`${id}`), [event, event])))
      await store.transaction(async ({ events }) => {
        await events.append(account("unit"), [event])
        expect(await events.readStream(account("unit")).toArray()).toHaveLength(1)
      })
      expect(await failureOf(store.append(account("0"), [event], { expected: 7 }))).toMatchObject({
        code: "VERSION_CONFLICT",
      })
      const read = await store.readAll({ query: [{ types: ["opened"], tags: ["b"] }] }).toArray()
      expect(read.map(({ tags }) => tags)).toEqual(Array(11).fill(["a", "b"]))
      await store.close()
      await pool.end()
    })

    it("isn't one of pg.native", async () => {
      await database.open().migrate()
      const client = { native: {}, on() {}, off() {}, release() {}, query: () => ({ rows: [] }) }
      const connect = (done: (error: undefined, client: PoolClient) => void) =>
        done(undefined, client as unknown as PoolClient)
      const pool = { connect, options: {} } as unknown as Pool
      const store = database.open({ pool })
      expect(await failureOf(store.migrate().then(() => store.head()))).toMatchObject({
        code: "INVALID_OPTION",
        path: "pool",
      })
    })

    it("gets no connection back on which something is still under way", async () => {
      const pool = new pg.Pool({ connectionString: database.url, max: 1, query_timeout: 2_000 })
      pool.on("error", () => {})
      await database.open().append(account("first"), [event])
      // Whose patience doesn't end before the pool's.
      const store = database.open({ pool, migrate: "manual", clock: createFakeClock() })
      const failure = await failureOf(
        store.transaction(({ tx }) => {
          tx.query("SELECT pg_sleep(60)").catch(() => {})
          throw new Error("given up")
        }),
      )
      expect(failure.message).toBe("given up")
      expect(pool.totalCount).toBe(0)
      await store.append(account("first"), [event])
      await store.close()
      await pool.end()
    })

    it("is asked for no statement before the last one is answered", async () => {
      const warned = vi.fn()
      process.on("warning", warned)
      const store = database.open()
      await store.append(account("first"), [event])
      const query = ["a", "b", "c", "d"].map((tag) => ({ tags: [tag] }))
      const read = await store.transaction(({ events }) => events.readAll({ query }).toArray())
      expect(read).toHaveLength(1)
      await new Promise((resolve) => setImmediate(resolve))
      process.off("warning", warned)
      expect(warned.mock.calls.filter(([{ name }]) => name === "DeprecationWarning")).toEqual([])
    })

    it("that was ended by its owner is told from one that can't be reached", async () => {
      const pool = new pg.Pool({ connectionString: database.url })
      const store = database.open({ pool })
      await store.append(account("first"), [event])
      await pool.end()
      const closed = { code: "CLOSED", message: expect.stringMatching(/the pool was ended/) }
      expect(await failureOf(store.append(account("first"), [event]))).toMatchObject(closed)
      expect(await failureOf(store.head())).toMatchObject(closed)
    })

    it("with one connection serves others while one appends again and again", async () => {
      const pool = new pg.Pool({ connectionString: database.url, max: 1 })
      const store = database.open({ pool })
      let isServed = false
      const appending = (async () => {
        do await store.append(account("again"), [event])
        while (!isServed)
      })()
      await store.append(account("first"), [event])
      await pool.query("SELECT 1")
      isServed = true
      await appending
      await store.close()
      await pool.end()
    })
  })
})

import { randomUUID } from "node:crypto"
import { usingService } from "@annals/services"
import type { PostgresStore } from "@annals/store-postgres"
import fc from "fast-check"
import type { PoolClient } from "pg"
import { describe, expect, it, vi } from "vitest"
import { failureOf, freshDatabase } from "./fresh-database.ts"

const event = { type: "opened", data: null }
const account = (id: string) => ({ category: "account", id })

for (const service of ["postgres", "postgres-oldest"] as const) {
  usingService(service, (url) => {
    const database = freshDatabase(url)

    async function openStore(): Promise<PostgresStore> {
      const store = database.open()
      await store.head()
      return store
    }

    /** How often a transaction has announced itself. */
    async function announcements(tx: PoolClient): Promise<number> {
      const { rows } = await tx.query(
        `SELECT count(*)::int AS count FROM pg_locks
          WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 2 AND mode = 'ShareLock'
            AND classid = '${database.schema}.event_position'::regclass`,
      )
      return rows[0].count
    }

    async function advisoryLocks(tx: PoolClient): Promise<number> {
      const { rows } = await tx.query(
        "SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
      )
      return rows[0].count
    }

    const idsOf = async (store: PostgresStore) =>
      (await store.readAll().toArray()).map(({ stream }) => stream.id)

    describe("many appends in a caller's transaction", () => {
      it("are announced once, and commit in the order of their calls", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        const positions: number[] = []
        for (let count = 0; count < 40; count++) {
          const stream = account(`${count % 5}`)
          const result =
            count % 3 === 0
              ? await events.append(stream, [event])
              : await events.appendToStreams([
                  { stream, events: [event, event] },
                  { stream: account("all"), events: [event] },
                ])
          positions.push(...result.positions)
        }
        expect(await announcements(tx)).toBe(1)
        expect(await advisoryLocks(tx)).toBeLessThan(12)
        await tx.query("COMMIT")
        expect((await store.readAll().toArray()).map(({ position }) => position)).toEqual(positions)
        expect(positions).toEqual(positions.toSorted((left, right) => left - right))
      })

      it("may come through several handles", async () => {
        const [one, other] = [await openStore(), await openStore()]
        const tx = await database.begin()
        await one.within(tx).events.append(account("alice"), [event])
        await other.within(tx).events.append(account("alice"), [event], { expected: 1 })
        await one.forTenant("acme").within(tx).events.append(account("alice"), [event], { expected: 0 })
        expect(await announcements(tx)).toBe(1)
        await tx.query("COMMIT")
        expect(await one.head()).toBe(3)
      })

      it("to more streams than it locks are told where another was faster, and may try again", async () => {
        const store = await openStore()
        await store.append(account("late"), [event])
        const [many, other] = [await database.begin(), await database.begin()]
        const ofMany = store.within(many).events
        await ofMany.appendToStreams(
          Array.from({ length: 1000 }, (_, id) => ({ stream: account(`${id}`), events: [event] })),
        )
        await ofMany.append(account("late"), [event])
        const waiting = failureOf(store.within(other).events.append(account("late"), [event]))
        await database.untilWaiting(1)
        const behind = store.append(account("late"), [event])
        await database.untilWaiting(2)
        await many.query("COMMIT")
        expect(await waiting).toMatchObject({ code: "STORE_BUSY", retryable: true })
        await other.query("ROLLBACK")
        expect(await behind).toMatchObject({ version: 3 })
      })

      it("may create 5,000 streams, and need no more locks than a thousand of them", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        for (let part = 0; part < 10; part++) {
          await events.appendToStreams(
            Array.from({ length: 500 }, (_, id) => ({ stream: account(`${part}-${id}`), events: [event] })),
          )
        }
        expect(await advisoryLocks(tx)).toBeLessThanOrEqual(1000 + 3)
        await tx.query("COMMIT")
        expect(await store.head()).toBe(5000)
      })

      it("leave nothing behind when it rolls back, and hold back no reader", async () => {
        const store = await openStore()
        await store.append(account("alice"), [event])
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("alice"), [event])
        await events.append(account("bob"), [event])
        await tx.query("ROLLBACK")
        await store.append(account("carol"), [event])
        expect(await idsOf(store)).toEqual(["alice", "carol"])
        expect(await store.streamVersion(account("alice"))).toBe(1)
        expect(await database.query(`SELECT FROM ${database.schema}.streams`)).toHaveLength(2)
      })

      it("go on after one that was refused", async () => {
        const store = await openStore()
        const id = randomUUID()
        await store.append(account("alice"), [{ ...event, id }])
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("bob"), [event])
        const refusals: [string, () => Promise<unknown>][] = [
          ["VERSION_CONFLICT", () => events.append(account("alice"), [event], { expected: 7 })],
          ["VERSION_CONFLICT", () => events.append(account("bob"), [event], { expected: "no-stream" })],
          ["CONDITION_FAILED", () => events.append(account("c"), [event], { condition: { query: [] } })],
          ["EVENT_ID_REUSED", () => events.append(account("c"), [{ ...event, id }])],
          [
            "VERSION_CONFLICT",
            () =>
              events.appendToStreams([
                { stream: account("c"), events: [event] },
                { stream: account("bob"), events: [event], expected: 9 },
              ]),
          ],
        ]
        for (const [code, append] of refusals) expect(await failureOf(append())).toMatchObject({ code })
        expect(await events.append(account("alice"), [{ ...event, id }])).toMatchObject({ repeated: true })
        await events.append(account("bob"), [event], { expected: 1 })
        await tx.query("COMMIT")
        expect(await idsOf(store)).toEqual(["alice", "bob", "bob"])
      })

      it("are refused after a statement that failed, until it is rolled back to a savepoint", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("alice"), [event])
        await tx.query("SAVEPOINT before")
        await failureOf(tx.query("SELECT 1 / 0"))
        expect(await failureOf(events.append(account("bob"), [event]))).toMatchObject({ code: "CLOSED" })
        await tx.query("ROLLBACK TO SAVEPOINT before")
        await events.append(account("carol"), [event])
        await tx.query("COMMIT")
        expect(await idsOf(store)).toEqual(["alice", "carol"])
      })
    })

    describe("savepoints", () => {
      it("that undo the first append make the next one announce itself again: no reader skips it", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        await tx.query("SAVEPOINT s")
        await events.append(account("undone"), [event])
        expect(await announcements(tx)).toBe(1)
        await tx.query("ROLLBACK TO SAVEPOINT s")
        expect(await announcements(tx)).toBe(0)
        await events.append(account("kept"), [event])
        expect(await announcements(tx)).toBe(1)
        const { position } = await store.append(account("elsewhere"), [event])
        for (const filter of [{}, { categories: ["account"] }]) {
          for await (const page of store.readAll(filter).pages()) {
            expect(page.events).toEqual([])
            expect(page.scannedTo).toBeLessThan(position - 1)
          }
        }
        expect(await store.head()).toBeLessThan(position - 1)
        await tx.query("COMMIT")
        expect(await idsOf(store)).toEqual(["kept", "elsewhere"])
        expect(await store.head()).toBe(position)
      })

      it("that undo a second append leave the first one announced", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        await events.append(account("first"), [event])
        await tx.query("SAVEPOINT s")
        await events.append(account("undone"), [event])
        await tx.query("ROLLBACK TO SAVEPOINT s")
        await events.append(account("third"), [event])
        await tx.query("RELEASE SAVEPOINT s")
        await events.append(account("fourth"), [event])
        expect(await announcements(tx)).toBe(1)
        await store.append(account("elsewhere"), [event])
        expect(await idsOf(store)).toEqual([])
        await tx.query("COMMIT")
        expect(await idsOf(store)).toEqual(["first", "third", "fourth", "elsewhere"])
      })

      it("that undo an append give its id and its version back", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events } = store.within(tx)
        const given = { ...event, id: randomUUID() }
        await events.append(account("alice"), [event])
        await tx.query("SAVEPOINT s")
        await events.append(account("alice"), [given], { expected: 1 })
        await tx.query("ROLLBACK TO SAVEPOINT s")
        expect(await events.append(account("alice"), [given], { expected: 1 })).toMatchObject({
          version: 2,
          repeated: false,
        })
        await tx.query("COMMIT")
        expect(await store.streamVersion(account("alice"))).toBe(2)
      })

      it("in whatever order hide nothing from a reader, and show nothing that was undone", async () => {
        const store = await openStore()
        const step = fc.constantFrom("append", "append", "savepoint", "undo", "release", "elsewhere", "read")
        let run = 0
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.boolean(), async (steps, commits) => {
            const category = `run ${run++}`
            const from = await store.head()
            const reader = createReader(store, category, from)
            const tx = await database.pool.connect()
            await tx.query("BEGIN")
            const { events } = store.within(tx)
            const levels: number[][] = [[]]
            const elsewhere: number[] = []
            for (const [at, what] of steps.entries()) {
              if (what === "append") {
                const { position } = await events.append({ category, id: `${at % 3}` }, [event])
                levels.at(-1)?.push(position)
              } else if (what === "savepoint") {
                await tx.query(`SAVEPOINT s${levels.length}`)
                levels.push([])
              } else if (what === "undo" && levels.length > 1) {
                await tx.query(`ROLLBACK TO SAVEPOINT s${levels.length - 1}`)
                levels[levels.length - 1] = []
              } else if (what === "release" && levels.length > 1) {
                await tx.query(`RELEASE SAVEPOINT s${levels.length - 1}`)
                const released = levels.pop() ?? []
                levels.at(-1)?.push(...released)
              } else if (what === "elsewhere") {
                elsewhere.push((await store.append({ category, id: `elsewhere ${at}` }, [event])).position)
              } else if (what === "read") await reader.read()
            }
            await tx.query(commits ? "COMMIT" : "ROLLBACK")
            tx.release()
            await reader.read()
            const expected = commits ? [...levels.flat(), ...elsewhere] : elsewhere
            expect(reader.seen).toEqual(expected.toSorted((left, right) => left - right))
          }),
          { numRuns: 40, seed: 20_260_101 },
        )
      })
    })

    describe("a transaction that can't take appends", () => {
      it.each(["REPEATABLE READ", "SERIALIZABLE"])("is one of %s", async (isolation) => {
        const store = await openStore()
        const uses = [
          (log: PostgresStore) => log.append(account("alice"), [event]),
          (log: PostgresStore) => log.append(account("alice"), [event, event]),
          (log: PostgresStore) => log.head(),
          (log: PostgresStore) => log.readAll({ types: ["opened"] }).toArray(),
        ]
        for (const use of uses) {
          const tx = await database.begin(`BEGIN ISOLATION LEVEL ${isolation}`)
          const failure = await failureOf(use(store.within(tx).events as PostgresStore))
          expect(failure).toMatchObject({ code: "INVALID_OPTION" })
          expect(failure.message).toMatch(/READ COMMITTED/)
        }
      })

      it("is one that is over, or never began: else its appends would commit by themselves", async () => {
        const store = await openStore()
        const tx = await database.begin()
        const { events, checkpoints } = store.within(tx)
        await events.append(account("alice"), [event])
        await tx.query("COMMIT")
        for (const use of [
          () => events.append(account("alice"), [event]),
          () => store.within(tx).events.append(account("alice"), [event]),
          () => checkpoints.advance("reader", { from: 0, to: 1 }),
        ]) {
          expect(await failureOf(use())).toMatchObject({ code: "CLOSED" })
        }
        await tx.query("BEGIN")
        await events.append(account("bob"), [event])
        await tx.query("COMMIT")
        expect(await idsOf(store)).toEqual(["alice", "bob"])
      })

      it("is one that only reads", async () => {
        const store = await openStore()
        const tx = await database.begin("BEGIN READ ONLY")
        expect(await failureOf(store.within(tx).events.append(account("alice"), [event]))).toMatchObject({
          code: "STORE_READ_ONLY",
        })
      })

      it("is the one that gives way in a deadlock, which is worth another try", async () => {
        const store = await openStore()
        await store.appendToStreams(["a", "b"].map((id) => ({ stream: account(id), events: [event] })))
        const transactions = await Promise.all([database.begin(), database.begin()])
        const logs = transactions.map((tx) => store.within(tx).events)
        await logs[0]?.append(account("a"), [event])
        await logs[1]?.append(account("b"), [event])
        const outcomes = await Promise.allSettled(
          [logs[0]?.append(account("b"), [event]), logs[1]?.append(account("a"), [event])].map(
            (append, index) =>
              append?.catch(async (error) => {
                await transactions[index]?.query("ROLLBACK")
                throw error
              }),
          ),
        )
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"])
        expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
          reason: { code: "STORE_BUSY", retryable: true },
        })
      })
    })

    describe("a unit of work", () => {
      it("passes on the very errors of its work, also those that look like a lost connection", async () => {
        const store = await openStore()
        const errors = [
          Object.assign(new Error("no such file"), { code: "ENOENT" }),
          Object.assign(new Error("a fetch was refused"), { code: "ECONNREFUSED" }),
          new Error("Connection terminated unexpectedly"),
          Object.assign(new Error("of another server"), { code: "57P01", severity: "FATAL", routine: "x" }),
        ]
        for (const error of errors) {
          const work = vi.fn(() => Promise.reject(error))
          expect(await failureOf(store.transaction(work))).toBe(error)
          expect(await failureOf(store.append(account("alice"), [event], { before: work }))).toBe(error)
          expect(work).toHaveBeenCalledTimes(2)
        }
        expect(await store.head()).toBe(0)
      })

      it("isn't reported as done when PostgreSQL rolled it back", async () => {
        const store = await openStore()
        const heedless = async ({ tx }: { tx: PoolClient }) => {
          await tx.query("SELECT 1 / 0").catch(() => {})
        }
        for (const write of [
          () =>
            store.transaction(async (unit) => {
              await unit.events.append(account("alice"), [event])
              await heedless(unit)
            }),
          () => store.append(account("alice"), [event], { before: heedless }),
        ]) {
          const failure = await failureOf(write())
          expect(failure).toMatchObject({ code: "STORE_FAILED" })
          expect(failure.message).toMatch(/rolled .* back/)
        }
        expect(await store.streamVersion(account("alice"))).toBe(0)
      })
    })
  })
}

/** Reads on from a checkpoint, as a subscription does. */
function createReader(store: PostgresStore, category: string, from: number) {
  const seen: number[] = []
  let after = from
  return {
    seen,
    async read() {
      for await (const page of store.readAll({ after }).pages()) {
        const own = page.events.filter(({ stream }) => stream.category === category)
        seen.push(...own.map(({ position }) => position))
        after = page.scannedTo
      }
    },
  }
}

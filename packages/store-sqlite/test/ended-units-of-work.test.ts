import { DatabaseSync } from "node:sqlite"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const event = { type: "opened", data: null }
const stream = { category: "account", id: "alice" }
const closed = { code: "CLOSED", message: "this unit of work has ended: await all that is done in it" }
const failure = new Error("no")

interface Kept {
  readonly tx: DatabaseSync
  readonly insert: ReturnType<DatabaseSync["prepare"]>
  readonly rows: Iterator<unknown>
}

/** What work has kept of its unit of work. */
async function keep(store: SqliteStore, end: string): Promise<Kept> {
  let kept: Kept | undefined
  const work = store.transaction(({ tx }) => {
    tx.exec("INSERT INTO notes VALUES (0)")
    const rows = tx.prepare("SELECT id FROM notes UNION SELECT 100").iterate()
    rows.next()
    kept = { tx, insert: tx.prepare("INSERT INTO notes VALUES (?)"), rows }
    if (end === "rollback") throw failure
  })
  if (end === "rollback") await expect(work).rejects.toBe(failure)
  else await work
  return kept as Kept
}

for (const place of ["in a file", "in memory"]) {
  describe(place, () => {
    async function open() {
      const folder = temporaryFolder()
      const store = createSqliteStore({ file: place === "in memory" ? ":memory:" : folder.file("store.db") })
      await store.transaction(({ tx }) => tx.exec("CREATE TABLE notes (id)"))
      const close = async () => {
        await store.close()
        folder[Symbol.dispose]()
      }
      return { store, [Symbol.asyncDispose]: close }
    }

    const notes = (store: SqliteStore) =>
      store.transaction(({ tx }) =>
        tx
          .prepare("SELECT id FROM notes ORDER BY id")
          .all()
          .map(({ id }) => id),
      )

    describe.each(["commit", "rollback"])("the connection of a unit of work, after its %s", (end) => {
      const before = end === "commit" ? [0] : []

      const uses: Record<string, (kept: Kept) => unknown> = {
        exec: ({ tx }) => tx.exec("INSERT INTO notes VALUES (1)"),
        prepare: ({ tx }) => tx.prepare("INSERT INTO notes VALUES (1)").run(),
        "run of a statement": ({ insert }) => insert.run(1),
        "get of a statement": ({ insert }) => insert.get(1),
        "all of a statement": ({ insert }) => insert.all(1),
        "iterate of a statement": ({ insert }) => [...insert.iterate(1)],
        "rows that were being read": ({ rows }) => rows.next(),
        close: ({ tx }) => tx.close(),
      }

      it.each(Object.entries(uses))("can't be used any more: %s", async (_name, use) => {
        await using subject = await open()
        const kept = await keep(subject.store, end)
        expect(() => use(kept)).toThrow(expect.objectContaining(closed))
        await subject.store.transaction(({ tx }) => {
          expect(() => use(kept)).toThrow(expect.objectContaining(closed))
          tx.exec("INSERT INTO notes VALUES (2)")
        })
        expect(await notes(subject.store)).toEqual([...before, 2])
      })

      it("is no transaction to write within, also for another store", async () => {
        await using subject = await open()
        const { store } = subject
        const { tx } = await keep(store, end)
        const write = (from: SqliteStore) => from.within(tx).events.append(stream, [event])
        await expect(write(store)).rejects.toMatchObject({ code: "CLOSED" })
        await using another = createSqliteStore({ file: tx.location() ?? ":memory:" })
        await another.migrate()
        await store.transaction(async ({ events }) => {
          await expect(write(store)).rejects.toMatchObject({ code: "CLOSED" })
          if (place === "in a file") await expect(write(another)).rejects.toMatchObject({ code: "CLOSED" })
          await events.append(stream, [event])
        })
        expect(await store.streamVersion(stream)).toBe(1)
      })
    })

    it("the connection of an open unit of work is one to whoever looks, and can be written within", async () => {
      await using subject = await open()
      const { store } = subject
      await store.transaction(async ({ tx, events, forTenant }) => {
        expect(tx).toBeInstanceOf(DatabaseSync)
        expect([tx.isOpen, tx.isTransaction]).toEqual([true, true])
        expect(tx.exec).toBe(tx.exec)
        expect(forTenant("red").tx).toBe(tx)
        const rows = tx.prepare("VALUES (1), (2)").iterate()
        expect([...rows]).toHaveLength(2)
        tx.function("twice", (value) => Number(value) * 2)
        expect(tx.prepare("SELECT twice(?) AS four").get(2)).toEqual({ four: 4 })
        expect(tx.prepare("SELECT 1").columns()).toHaveLength(1)
        await events.append(stream, [event])
        await store.within(tx).events.append(stream, [event], { expected: 1 })
        expect(store.within(tx).tx).toBe(tx)
      })
      expect(await store.streamVersion(stream)).toBe(2)
    })
  })
}

it("rows that were left in the middle don't keep the store from what another process writes", async () => {
  using folder = temporaryFolder()
  const file = folder.file("store.db")
  await using store = createSqliteStore({ file })
  await using another = createSqliteStore({ file })
  await store.append(stream, [event, event])
  const work = store.transaction(({ tx }) => {
    const rows = tx.prepare("SELECT * FROM events UNION SELECT * FROM events").iterate()
    rows.next()
    return { rows }
  })
  const { rows } = await work
  expect(() => rows.next()).toThrow(expect.objectContaining(closed))
  await another.append(stream, [event])
  await store.append(stream, [event], { expected: 3 })
})

it("another store on the same file may write within an open unit of work, before and after it was kept", async () => {
  using folder = temporaryFolder()
  const file = folder.file("store.db")
  await using store = createSqliteStore({ file })
  await using another = createSqliteStore({ file })
  await another.migrate()
  const write = (tx: DatabaseSync, expected: number) =>
    another.within(tx).events.append(stream, [event], { expected })
  const kept = await store.transaction(async ({ tx }) => {
    await write(tx, 0)
    await write(tx, 1)
    return { tx }
  })
  await store.transaction(({ tx }) => write(tx, 2))
  await expect(write(kept.tx, 3)).rejects.toMatchObject({ code: "CLOSED" })
  expect(await store.streamVersion(stream)).toBe(3)
})

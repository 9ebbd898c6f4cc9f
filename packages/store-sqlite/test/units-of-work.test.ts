import { DatabaseSync } from "node:sqlite"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null, tags: ["new"] }

describe("a unit of work", () => {
  it("forgets the names of what it undid by a savepoint of its own", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.transaction(async ({ tx, events }) => {
      tx.exec("SAVEPOINT attempt")
      await events.append(stream, [event])
      tx.exec("ROLLBACK TO attempt")
      await events.append({ category: "order", id: "1" }, [{ ...event, type: "placed", tags: ["other"] }])
    })
    await store.append(stream, [event])
    expect((await store.readAll().toArray()).map(({ type, tags }) => [type, ...tags])).toEqual([
      ["placed", "other"],
      ["opened", "new"],
    ])
    expect((await store.checkIntegrity()).problems).toEqual([])
  })

  it("forgets the names of what it undid last", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.transaction(async ({ tx, events }) => {
      tx.exec("SAVEPOINT attempt")
      await events.append(stream, [event])
      tx.exec("ROLLBACK TO attempt")
    })
    await store.append({ category: "order", id: "1" }, [{ ...event, type: "placed", tags: ["other"] }])
    await store.append(stream, [event])
    expect((await store.readAll().toArray()).map(({ type, tags }) => [type, ...tags])).toEqual([
      ["placed", "other"],
      ["opened", "new"],
    ])
    expect((await store.checkIntegrity()).problems).toEqual([])
  })

  it("in memory shows nothing before it commits, however much it writes", async () => {
    await using store = createSqliteStore({ file: ":memory:", cacheSizeKiB: 64 })
    const many = Array.from({ length: 3000 }, () => ({ type: "imported", data: "x".repeat(1000) }))
    await store.transaction(async ({ events }) => {
      await events.append(stream, many)
      expect(await store.head()).toBe(0)
      expect(await store.readAll().toArray()).toEqual([])
    })
    expect(await store.head()).toBe(3000)
  })

  it("forgets the names of what the caller rolled back", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using store = createSqliteStore({ file })
    await store.migrate()
    const tx = new DatabaseSync(file)
    const { events } = store.within(tx)
    tx.exec("BEGIN")
    await events.append(stream, [event])
    tx.exec("ROLLBACK; BEGIN")
    await events.append({ category: "order", id: "1" }, [{ ...event, type: "placed", tags: ["other"] }])
    tx.exec("COMMIT")
    tx.close()
    await store.append(stream, [event])
    expect((await store.readAll().toArray()).map(({ type, tags }) => [type, ...tags])).toEqual([
      ["placed", "other"],
      ["opened", "new"],
    ])
    expect((await store.checkIntegrity()).problems).toEqual([])
  })

  it("refuses a connection to another file, and one without a transaction", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.migrate()
    const other = new DatabaseSync(folder.file("other.db"))
    other.exec("BEGIN")
    await expect(store.within(other).events.append(stream, [event])).rejects.toMatchObject({
      code: "INVALID_OPTION",
    })
    other.close()
    const own = new DatabaseSync(folder.file("store.db"))
    await expect(store.within(own).events.append(stream, [event])).rejects.toMatchObject({ code: "CLOSED" })
    own.close()
    expect(await store.head()).toBe(0)
  })

  it("that ended its transaction itself is refused", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    const work = store.transaction(async ({ tx, events }) => {
      tx.exec("COMMIT")
      await events.append(stream, [event])
    })
    await expect(work).rejects.toMatchObject({ code: "CLOSED" })
    expect(await store.head()).toBe(0)
    await store.append(stream, [event])
  })
})

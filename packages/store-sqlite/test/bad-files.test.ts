import { mkdirSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null }

describe("a file that can't be used", () => {
  it("is refused where it is no database, and left as it is", async () => {
    using folder = temporaryFolder()
    const file = folder.file("notes.txt")
    writeFileSync(file, "these are notes, and no database at all\n".repeat(100))
    await using store = createSqliteStore({ file })
    await expect(store.head()).rejects.toMatchObject({ code: "NOT_A_STORE", retryable: false })
  })

  it("is refused where it belongs to another application, and left as it is", async () => {
    using folder = temporaryFolder()
    const file = folder.file("other.db")
    const other = new DatabaseSync(file)
    other.exec("CREATE TABLE customers (name TEXT)")
    await using store = createSqliteStore({ file })
    await expect(store.append(stream, [event])).rejects.toMatchObject({ code: "NOT_A_STORE" })
    expect(other.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "customers" }])
    expect(other.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "delete" })
    other.close()
  })

  it("is refused where its folder isn't there", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("nowhere/store.db") })
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })
  })

  it("can be used as soon as what was in the way is gone", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("later/store.db") })
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })
    mkdirSync(folder.file("later"))
    expect(await store.head()).toBe(0)
  })

  it("has a name that is a name, whatever it looks like", async () => {
    using folder = temporaryFolder()
    const name = "file:a b?vfs=memdb#ü'\".db"
    await using store = createSqliteStore({ file: folder.file(name) })
    await store.append(stream, [event])
    await using again = createSqliteStore({ file: folder.file(name) })
    expect(await again.head()).toBe(1)
  })
})

describe("a store opened for reading only", () => {
  it("reads, and refuses to write", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using writer = createSqliteStore({ file })
    await writer.append(stream, [event])
    await using store = createSqliteStore({ file, readOnly: true })
    expect(await store.readAll().toArray()).toHaveLength(1)
    await expect(store.append(stream, [event])).rejects.toMatchObject({ code: "STORE_READ_ONLY" })
    await expect(store.checkpoints.reset("reader", 1)).rejects.toMatchObject({ code: "STORE_READ_ONLY" })
    const work = store.transaction(({ events }) => events.append(stream, [event]))
    await expect(work).rejects.toMatchObject({ code: "STORE_READ_ONLY" })
  })

  it("creates nothing", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("none.db"), readOnly: true })
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" })
    writeFileSync(folder.file("empty.db"), "")
    await using empty = createSqliteStore({ file: folder.file("empty.db"), readOnly: true })
    await expect(empty.head()).rejects.toMatchObject({ code: "NOT_MIGRATED" })
  })
})

describe("a full disk", () => {
  it("refuses an append whole, says so, and takes the next one once there is room", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("full.db") })
    await store.append(stream, [event])
    await limitPages(store, 0)
    const large = { type: "imported", data: "x".repeat(1_000_000) }
    const outcomes = await Promise.allSettled([
      store.append(stream, [large, event]),
      store.append(stream, [event]),
      store.transaction(({ events }) => events.append(stream, [event, large])),
    ])
    expect(outcomes[0]).toMatchObject({ status: "rejected", reason: { code: "STORE_FULL" } })
    expect(outcomes[1]).toMatchObject({ status: "fulfilled", value: { version: 2 } })
    expect(outcomes[2]).toMatchObject({ status: "rejected", reason: { code: "STORE_FULL" } })
    expect((await store.readAll().toArray()).map(({ version }) => version)).toEqual([1, 2])
    expect((await store.checkIntegrity()).problems).toEqual([])

    await limitPages(store, 10_000)
    expect((await store.append(stream, [large])).version).toBe(3)
  })
})

/** Lets the file grow by no more than so many pages. */
async function limitPages(store: SqliteStore, more: number): Promise<void> {
  await store.transaction(({ tx }) => {
    const { page_count } = tx.prepare("PRAGMA page_count").get() as { page_count: number }
    tx.exec(`PRAGMA max_page_count = ${page_count + more}`)
  })
}

import { DatabaseSync } from "node:sqlite"
import { setImmediate } from "node:timers/promises"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null }

describe("while another process writes to the file", () => {
  it("an append waits, the process goes on, and the append comes through", async () => {
    using folder = temporaryFolder()
    await using store = await openStore(folder.file("busy.db"))
    const other = lock(folder.file("busy.db"))
    let done = false
    const append = store.append(stream, [event]).finally(() => {
      done = true
    })
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    expect(done).toBe(false)
    expect(await store.streamVersion(stream)).toBe(0)
    other.exec("COMMIT")
    expect((await append).version).toBe(1)
    other.close()
  })

  it("an append fails after the busy timeout, and may be tried again", async () => {
    using folder = temporaryFolder()
    await using store = await openStore(folder.file("busy.db"), 20)
    const other = lock(folder.file("busy.db"))
    const appends = await Promise.allSettled([1, 2, 3].map(() => store.append(stream, [event])))
    for (const append of appends) {
      expect(append).toMatchObject({ status: "rejected", reason: { code: "STORE_BUSY", retryable: true } })
    }
    await expect(store.transaction(() => {})).rejects.toMatchObject({ code: "STORE_BUSY", retryable: true })
    other.exec("ROLLBACK")
    other.close()
    expect((await store.append(stream, [event])).version).toBe(1)
  })

  it("an append waits as long as its clock says, and no longer", async () => {
    using folder = temporaryFolder()
    const file = folder.file("busy.db")
    const clock = createFakeClock()
    await using store = createSqliteStore({ file, clock, busyTimeoutMs: 30_000 })
    await store.migrate()
    using other = lock(file)
    let outcome: unknown = "waits"
    const append = store.append(stream, [event]).catch((error: unknown) => {
      outcome = error
    })
    await clock.asleep()
    await clock.advance(29_900)
    expect(outcome).toBe("waits")
    await clock.advance(200)
    await append
    expect(outcome).toMatchObject({ code: "STORE_BUSY", retryable: true })
    other.exec("ROLLBACK")
    expect((await store.append(stream, [event])).version).toBe(1)
  })

  it("a file that is locked whole can be opened once it is let go", async () => {
    using folder = temporaryFolder()
    const file = folder.file("busy.db")
    const other = new DatabaseSync(file)
    other.exec("BEGIN EXCLUSIVE")
    await using store = createSqliteStore({ file, busyTimeoutMs: 20 })
    await expect(store.head()).rejects.toMatchObject({ code: "STORE_BUSY", retryable: true })
    other.close()
    expect(await store.head()).toBe(0)
  })
})

it("a reader that stays where it is holds up no append, and reads what was there when it began", async () => {
  using folder = temporaryFolder()
  await using store = await openStore(folder.file("read.db"), 0)
  await store.append(stream, [event])
  using reader = new DatabaseSync(folder.file("read.db"), { readOnly: true })
  reader.exec("BEGIN")
  const count = () => reader.prepare("SELECT count(*) AS events FROM events").get()
  expect(count()).toEqual({ events: 1 })
  for (let append = 0; append < 20; append++) await store.append(stream, [event])
  await store.transaction(({ events }) => events.append(stream, [event]))
  expect(await store.streamVersion(stream)).toBe(22)
  expect(count()).toEqual({ events: 1 })
  reader.exec("COMMIT")
  expect(count()).toEqual({ events: 22 })
})

async function openStore(file: string, busyTimeoutMs = 30_000): Promise<SqliteStore> {
  const store = createSqliteStore({ file, busyTimeoutMs })
  await store.migrate()
  return store
}

function lock(file: string): DatabaseSync {
  const other = new DatabaseSync(file)
  other.exec("BEGIN IMMEDIATE")
  return other
}

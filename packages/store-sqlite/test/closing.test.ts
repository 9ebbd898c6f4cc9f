import assert from "node:assert/strict"
import { existsSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"
import { runProgram } from "./processes/run-program.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null }

describe("a process that never closes its store", () => {
  it.each([
    "to append and read",
    "and listens to it",
    "and leaves a read in the middle",
    "in ways that failed",
  ])("ends all the same: uses it %s", { timeout: 60_000 }, async (how) => {
    using folder = temporaryFolder()
    const ended = await runProgram("leave-open.ts", [folder.file("store.db"), how])
    assert.deepEqual(ended, { output: "done", exitCode: 0 })
  })
})

describe("close", () => {
  it("works after every kind of failure, twice, and leaves no lock and no file beside the store's", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const store = createSqliteStore({ file })
    await store.append(stream, [event])
    const failure = new Error("no")
    await assert.rejects(store.append(stream, [event], { expected: 7 }), { code: "VERSION_CONFLICT" })
    await assert.rejects(
      store.transaction(({ tx }) => tx.exec("nonsense")),
      /nonsense/,
    )
    await assert.rejects(store.append(stream, [event], { before: () => Promise.reject(failure) }), failure)
    await store.close()
    await store.close()
    assert.equal(existsSync(`${file}-wal`), false)
    using db = new DatabaseSync(file)
    db.exec("BEGIN EXCLUSIVE; ROLLBACK")
    await assert.rejects(store.append(stream, [event]), { code: "CLOSED" })
  })

  it("works for a store that couldn't be opened", async () => {
    using folder = temporaryFolder()
    writeFileSync(folder.file("diary.txt"), "Dear diary")
    const store = createSqliteStore({ file: folder.file("diary.txt") })
    await assert.rejects(store.head(), { code: "NOT_A_STORE" })
    await store.close()
    await assert.rejects(store.head(), { code: "CLOSED" })
  })

  it("works for a store that was never used, and creates nothing", async () => {
    using folder = temporaryFolder()
    const store = createSqliteStore({ file: folder.file("store.db") })
    await store.close()
    assert.equal(existsSync(folder.file("store.db")), false)
  })
})

it("a store changes nothing of the process that others see", async () => {
  const view = () => [
    Object.getOwnPropertyNames(globalThis).sort(),
    Object.entries(Object.getOwnPropertyDescriptors(DatabaseSync.prototype)),
    Object.entries(
      Object.getOwnPropertyDescriptors(
        Object.getPrototypeOf(new DatabaseSync(":memory:").prepare("SELECT 1")),
      ),
    ),
    process.listenerCount("exit"),
    process.listenerCount("uncaughtException"),
  ]
  const before = view()
  await using store = createSqliteStore({ file: ":memory:" })
  await store.append(stream, [event])
  await store.readAll().toArray()
  assert.deepEqual(view(), before)
  using other = new DatabaseSync(":memory:")
  assert.deepEqual({ ...other.prepare("SELECT 1 AS one").get() }, { one: 1 })
})

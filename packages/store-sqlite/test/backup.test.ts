import { existsSync, readdirSync } from "node:fs"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const events = Array.from({ length: 500 }, (_, number) => ({
  type: "counted",
  data: { number, text: "x".repeat(1000) },
}))

describe("a backup", () => {
  it("is a store as it was at one moment, while appends go on", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db"), durability: "off" })
    for (let round = 0; round < 20; round++) await store.append(stream, events)
    const progress: number[] = []
    let running = true
    const backup = store
      .backup(folder.file("copy.db"), { onProgress: ({ remainingPages }) => progress.push(remainingPages) })
      .finally(() => {
        running = false
      })
    while (running) await store.append(stream, events.slice(0, 3))
    await backup
    expect(progress.length).toBeGreaterThan(1)

    await using copy = createSqliteStore({ file: folder.file("copy.db") })
    const head = await copy.head()
    expect(head).toBeGreaterThanOrEqual(20 * 500)
    expect(await store.head()).toBeGreaterThan(head)
    expect((await copy.checkIntegrity()).problems).toEqual([])
    expect((await copy.append(stream, events.slice(0, 1))).version).toBe(head + 1)
  })

  it("can be made of a store in memory", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: ":memory:" })
    await store.append(stream, events)
    await store.backup(folder.file("copy.db"))
    await using copy = createSqliteStore({ file: folder.file("copy.db") })
    expect(await copy.readStream(stream).toArray()).toEqual(await store.readStream(stream).toArray())
  })

  it("leaves no file when it is aborted", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db"), durability: "off" })
    for (let round = 0; round < 10; round++) await store.append(stream, events)
    const abort = new AbortController()
    const reason = new Error("enough")
    const backup = store.backup(folder.file("copy.db"), {
      signal: abort.signal,
      onProgress: () => abort.abort(reason),
    })
    await expect(backup).rejects.toBe(reason)
    expect(readdirSync(folder.path).filter((name) => name.startsWith("copy"))).toEqual([])
  })

  it("doesn't overwrite a file", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using store = createSqliteStore({ file })
    await store.append(stream, events)
    await expect(store.backup(file)).rejects.toMatchObject({ code: "INVALID_OPTION", path: "file" })
    expect(await store.head()).toBe(500)
  })

  it("is refused after close, and close waits for it", async () => {
    using folder = temporaryFolder()
    const store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, events)
    const backup = store.backup(folder.file("copy.db"))
    await store.close()
    await backup
    expect(existsSync(folder.file("copy.db"))).toBe(true)
    await expect(store.backup(folder.file("later.db"))).rejects.toMatchObject({ code: "CLOSED" })
    await expect(store.checkIntegrity()).rejects.toMatchObject({ code: "CLOSED" })
  })
})

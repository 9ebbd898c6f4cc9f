import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { spawnWriter } from "./processes/spawn-writer.ts"
import { temporaryFolder } from "./temporary-folder.ts"

describe("several processes on one file", () => {
  it("lose and repeat nothing, and keep every stream in order", { timeout: 60_000 }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("shared.db")
    const each = 40
    const writers = ["a", "b", "c"].map((name) => spawnWriter(file, name, each))
    for (const writer of writers) expect(await writer.exited).toBe(0)

    await using store = createSqliteStore({ file })
    const events = await store.readAll().toArray()
    const acknowledged = writers.flatMap((writer) => writer.acknowledged)
    expect(acknowledged).toHaveLength(3 * 3 * each)
    expect(events.map(({ id }) => id).sort()).toEqual([...acknowledged].sort())
    expect(await store.streamVersion({ category: "shared", id: "one" })).toBe(3 * each)
    expect(await store.streamVersion({ category: "shared", id: "exact" })).toBe(3 * each)
    expect(await store.checkIntegrity()).toMatchObject({ ok: true, events: 3 * 3 * each })
  })

  it("are woken by each other's commits, and see them", { timeout: 30_000 }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("shared.db")
    await using store = createSqliteStore({ file, pollIntervalMs: 5 })
    await store.migrate()
    const woken = Promise.withResolvers<void>()
    using _ = store.wakeUps.listen(() => woken.resolve())
    const writer = spawnWriter(file, "a", 1)
    await woken.promise
    expect(await store.head()).toBeGreaterThan(0)
    expect(await writer.exited).toBe(0)
  })
})

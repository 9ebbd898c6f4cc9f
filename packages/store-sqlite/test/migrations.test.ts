import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { generateMigrations } from "../scripts/generate-migrations.ts"
import { spawnWriter } from "./processes/spawn-writer.ts"
import { temporaryFolder } from "./temporary-folder.ts"

describe("migrations", () => {
  it("are embedded as they stand in their files", () => {
    const embedded = readFileSync(new URL("../src/generated/migrations.ts", import.meta.url), "utf8")
    expect(embedded === generateMigrations(), "run `node scripts/generate-migrations.ts`").toBe(true)
  })

  it("run once when twenty stores open a new file at the same time", async () => {
    using folder = temporaryFolder()
    const file = folder.file("new.db")
    const stores = Array.from({ length: 20 }, () => createSqliteStore({ file }))
    await Promise.all(stores.map((store) => store.migrate()))
    await Promise.all(stores.map((store, index) => store.append({ category: "c", id: `${index}` }, [event])))
    expect(await stores[0]?.head()).toBe(20)
    await Promise.all(stores.map((store) => store.close()))
  })

  it("run once when several processes open a new file at the same time", { timeout: 60_000 }, async () => {
    using folder = temporaryFolder()
    const writers = ["a", "b", "c", "d"].map((name) => spawnWriter(folder.file("new.db"), name, 1))
    for (const writer of writers) expect(await writer.exited).toBe(0)
    await using store = createSqliteStore({ file: folder.file("new.db") })
    expect(await store.streamVersion({ category: "shared", id: "one" })).toBe(4)
  })

  it("leave a file alone that a newer program has upgraded", async () => {
    using folder = temporaryFolder()
    const file = folder.file("newer.db")
    {
      await using store = createSqliteStore({ file })
      await store.append({ category: "c", id: "1" }, [event])
    }
    const newer = new DatabaseSync(file)
    newer.exec("PRAGMA user_version = 999")
    await using store = createSqliteStore({ file })
    await expect(store.append({ category: "c", id: "1" }, [event])).rejects.toMatchObject({
      code: "SCHEMA_TOO_NEW",
      actual: 999,
    })
    newer.close()
  })
})

const event = { type: "opened", data: null }

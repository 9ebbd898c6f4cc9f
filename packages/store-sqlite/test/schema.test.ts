import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { isAnnalsError } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { runProgram } from "./processes/run-program.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: null }

describe("the schema", () => {
  it("of a new file is the one on record", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using store = createSqliteStore({ file })
    await store.migrate()
    await expect(dumpSchema(file)).toMatchFileSnapshot("./schema.sql")
  })

  it("notes kinds in stretches of 1,024 positions, in every version of the program", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, [event])
    using db = new DatabaseSync(folder.file("store.db"))
    const segments = () => db.prepare("SELECT segment FROM kind_segments ORDER BY segment").all()
    for (const [count, last] of [
      [1022, 0],
      [1, 1],
      [1023, 1],
      [1, 2],
    ] as const) {
      await store.append(stream, Array(count).fill(event))
      assert.equal(segments().at(-1)?.segment, last)
    }
    assert.equal(segments().length, 3)
  })

  it("stays as it is when the file is opened again", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    for (const _time of [1, 2]) {
      await using store = createSqliteStore({ file })
      await store.append(stream, [event])
      await store.migrate()
    }
    assert.equal(dumpSchema(file), schemaOnRecord())
  })

  it("is whole after twenty stores set it up at the same time", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const stores = Array.from({ length: 20 }, () => createSqliteStore({ file }))
    await Promise.all(stores.map((store) => store.append(stream, [event])))
    await Promise.all(stores.map((store) => store.close()))
    assert.equal(dumpSchema(file), schemaOnRecord())
    using db = new DatabaseSync(file)
    assert.equal(db.prepare("SELECT * FROM tenants").all().length, 1)
  })

  it("isn't there in part when the disk fails in the middle of a migration", {
    timeout: 60_000,
  }, async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    // A migration reaches the disk with its commit; a limit on the size of files, 32 KiB, ends that halfway.
    const { output } = await runProgram("set-up-store.ts", [file], "ulimit -f 64")
    assert.match(output, /STORE_UNAVAILABLE|STORE_FULL/)
    {
      using db = new DatabaseSync(file)
      assert.deepEqual(db.prepare("SELECT name FROM sqlite_schema").all(), [])
    }
    await using store = createSqliteStore({ file })
    await store.append(stream, [event])
    assert.equal(dumpSchema(file), schemaOnRecord())
  })

  it("of a newer program is refused for every use, with what to do about it", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    {
      await using store = createSqliteStore({ file })
      await store.append(stream, [event])
    }
    {
      using db = new DatabaseSync(file)
      db.exec("PRAGMA user_version = 9999")
    }
    const before = readFileSync(file)
    for (const readOnly of [false, true]) {
      await using store = createSqliteStore({ file, readOnly })
      const uses: readonly (() => Promise<unknown>)[] = [
        () => store.migrate(),
        () => store.append(stream, [event]),
        () => store.readAll().toArray(),
        () => store.readStream(stream).toArray(),
        () => store.head(),
        () => store.transaction(({ events }) => events.head()),
        () => store.checkpoints.load("reader"),
      ]
      for (const use of uses) {
        await assert.rejects(use, (error) => {
          assert.ok(isAnnalsError(error, "SCHEMA_TOO_NEW"))
          assert.match(error.message, /update @annals\/store-sqlite/)
          assert.ok(error.message.includes(file))
          return true
        })
      }
    }
    assert.deepEqual(readFileSync(file), before)
  })
})

function dumpSchema(file: string): string {
  using db = new DatabaseSync(file, { readOnly: true })
  const value = (sql: string) => Object.values(db.prepare(sql).get() ?? {})[0]
  const objects = db
    .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name")
    .all()
  const pragmas = ["application_id", "user_version", "journal_mode", "encoding"]
  return [
    ...pragmas.map((pragma) => `-- ${pragma}: ${value(`PRAGMA ${pragma}`)}`),
    ...objects.map(({ sql }) => `\n${sql};`),
    "",
  ].join("\n")
}

function schemaOnRecord(): string {
  return readFileSync(new URL("./schema.sql", import.meta.url), "utf8")
}

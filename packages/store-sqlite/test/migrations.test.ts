import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { isAnnalsError, streamId } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { runProgram, startStoreProcess } from "./store-process.ts"
import { temporaryFolder } from "./temporary-folder.ts"

const account = streamId("account", "alice")
const opened = { type: "opened", data: {} }

/** Everything that a schema consists of, as text. */
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

function countRows(file: string, table: string): number {
  using db = new DatabaseSync(file, { readOnly: true })
  return Object.values(db.prepare(`SELECT count(*) FROM ${table}`).get() ?? {})[0] as number
}

describe("the schema", () => {
  it("of a new file is the one on record", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    await using store = createSqliteStore({ file })
    await store.migrate()
    await expect(dumpSchema(file)).toMatchFileSnapshot("./schema.sql")
  })

  it("stays as it is when a store is opened again", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    for (const _time of [1, 2]) {
      await using store = createSqliteStore({ file })
      await store.append(account, [opened])
      await store.migrate()
    }
    assert.equal(dumpSchema(file), schemaOnRecord())
  })

  it("is in the program as it stands in the migrations' files", async () => {
    const script = new URL("../scripts/generate-migrations.mjs", import.meta.url)
    const { generateMigrations } = (await import(script.href)) as { generateMigrations(): string }
    const generated = readFileSync(new URL("../src/generated/migrations.ts", import.meta.url), "utf8")
    assert.equal(generated, generateMigrations(), "run scripts/generate-migrations.mjs")
  })
})

describe("setting up one new file from many sides at once", () => {
  it("succeeds for twenty stores of a process, and happens once", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const stores = Array.from({ length: 20 }, () => createSqliteStore({ file }))
    await Promise.all(stores.map((store, index) => store.append(streamId("account", `${index}`), [opened])))
    await Promise.all(stores.map((store) => store.close()))
    assert.equal(countRows(file, "events"), 20)
    assert.equal(countRows(file, "tenants"), 1)
    assert.equal(dumpSchema(file), schemaOnRecord())
  })

  it("succeeds for twenty stores of four processes", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    const processes = await Promise.all([1, 2, 3, 4].map(() => startStoreProcess(file)))
    const failures = await Promise.all(processes.map((process) => process.call("openStores", 5)))
    for (const process of processes) await process[Symbol.asyncDispose]()
    assert.deepEqual(failures.flat(), [])
    assert.equal(countRows(file, "tenants"), 1)
    assert.equal(dumpSchema(file), schemaOnRecord())
  })
})

describe("a migration", () => {
  it("leaves nothing half done when the disk fails in the middle of it", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    // The migration reaches the disk with its commit: a limit on the size of files, in blocks of 512 bytes, ends that halfway.
    const { output } = await runProgram("./migrate-main.ts", [file], "ulimit -f 64")
    assert.match(output, /STORE_UNAVAILABLE|STORE_FULL/)
    assert.ok(output.includes(`${file}: `))
    {
      using db = new DatabaseSync(file)
      assert.deepEqual(db.prepare("SELECT name FROM sqlite_schema").all(), [])
    }
    await using store = createSqliteStore({ file })
    await store.append(account, [opened])
    assert.equal(dumpSchema(file), schemaOnRecord())
  })

  it("is not made in a file that is opened for reading only", async () => {
    using folder = temporaryFolder()
    const file = folder.file("empty.db")
    new DatabaseSync(file).close()
    await using store = createSqliteStore({ file, readOnly: true })
    await assert.rejects(store.head(), { code: "NOT_MIGRATED" })
    assert.equal(readFileSync(file).length, 0)
  })
})

describe("a file with a newer schema", () => {
  it("is refused for reading and for writing, with what to do, and left alone", async () => {
    using folder = temporaryFolder()
    const file = folder.file("store.db")
    {
      await using store = createSqliteStore({ file })
      await store.append(account, [opened])
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
        () => store.append(account, [opened]),
        () => store.readAll().toArray(),
        () => store.readStream(account).toArray(),
        () => store.head(),
        () => store.transaction(({ events }) => events.head()),
        () => store.checkpoints.load("any"),
      ]
      for (const use of uses) {
        await assert.rejects(use, (error) => {
          assert.ok(isAnnalsError(error))
          assert.equal(error.code, "SCHEMA_TOO_NEW")
          assert.equal(error.actual, 9999)
          assert.match(error.message, /update @annals\/store-sqlite/)
          assert.ok(error.message.includes(file))
          return true
        })
      }
    }
    assert.deepEqual(readFileSync(file), before)
  })
})

import assert from "node:assert/strict"
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { type ErrorCode, isAnnalsError } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const event = { type: "opened", data: { owner: "Alice" } }

describe("a file that is no store", () => {
  for (const [name, content] of [
    ["a short text", "Dear diary,\n"],
    ["a long text", "Dear diary,\n".repeat(2000)],
    ["noise", Uint8Array.from({ length: 5000 }, (_, index) => (index * 31) % 251)],
    [
      "a database of another application",
      databaseWith("CREATE TABLE events (id); INSERT INTO events VALUES (1)"),
    ],
    ["an empty database with another application's mark", databaseWith("PRAGMA application_id = 12345")],
  ] as const) {
    it(`stays as it is, byte for byte: ${name}`, async () => {
      using folder = temporaryFolder()
      const file = folder.file("other")
      writeFileSync(file, content)
      const before = readFileSync(file)
      for (const readOnly of [false, true]) {
        await using store = createSqliteStore({ file, readOnly })
        const uses: readonly (() => Promise<unknown>)[] = [
          () => store.migrate(),
          () => store.append(stream, [event]),
          () => store.readAll().toArray(),
          () => store.transaction(({ events }) => events.head()),
        ]
        for (const use of uses) await assertFails(use, file, "NOT_A_STORE", /choose another file/)
      }
      assert.deepEqual(readFileSync(file), before)
      assert.deepEqual(readdirSync(folder.path), ["other"])
    })
  }

  it("becomes one when it is empty", async () => {
    using folder = temporaryFolder()
    const file = folder.file("empty.db")
    writeFileSync(file, "")
    await using store = createSqliteStore({ file })
    assert.equal((await store.append(stream, [event])).version, 1)
  })

  it("is no file: a folder", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.path })
    await assertFails(
      () => store.append(stream, [event]),
      folder.path,
      "STORE_UNAVAILABLE",
      /can't be opened: check/,
    )
    assert.deepEqual(readdirSync(folder.path), [])
  })
})

describe("a damaged file", () => {
  it("is reported by whoever comes to the damaged part", async () => {
    using folder = temporaryFolder()
    const file = await createFile(folder.file("store.db"))
    damage(file, "events")
    await using store = createSqliteStore({ file })
    await assertFails(() => store.readAll().toArray(), file, "STORE_CORRUPT", /restore a backup/)
    await assertFails(() => store.append(stream, [event]), file, "STORE_CORRUPT", /restore a backup/)
  })

  it("is reported when it was cut off", async () => {
    using folder = temporaryFolder()
    const file = await createFile(folder.file("store.db"))
    writeFileSync(file, readFileSync(file).subarray(0, 20_000))
    await using store = createSqliteStore({ file })
    await assertFails(() => store.readAll().toArray(), file, "STORE_CORRUPT", /restore a backup/)
  })
})

async function createFile(file: string): Promise<string> {
  await using store = createSqliteStore({ file })
  await store.append(stream, Array(2000).fill(event))
  return file
}

/** The bytes of a database in which somebody ran `sql`. */
function databaseWith(sql: string): Uint8Array {
  using folder = temporaryFolder()
  const file = folder.file("other.db")
  {
    using db = new DatabaseSync(file)
    db.exec(sql)
  }
  return readFileSync(file)
}

/** Writes nonsense over a table's first page. */
function damage(file: string, table: string): void {
  const handle = openSync(file, "r+")
  writeSync(handle, Buffer.alloc(200, 0x5a), 0, 200, startOf(file, table))
  closeSync(handle)
}

function startOf(file: string, table: string): number {
  using db = new DatabaseSync(file)
  const { page_size: size } = db.prepare("PRAGMA page_size").get() as { page_size: number }
  const { page } = db.prepare("SELECT rootpage AS page FROM sqlite_schema WHERE name = ?").get(table) as {
    page: number
  }
  return (page - 1) * size
}

async function assertFails(
  use: () => Promise<unknown>,
  file: string,
  code: ErrorCode,
  says: RegExp,
): Promise<void> {
  await assert.rejects(use, (error) => {
    assert.ok(isAnnalsError(error), String(error))
    assert.equal(error.code, code)
    assert.match(error.message, says)
    assert.ok(error.message.includes(file), `"${error.message}" names the file`)
    return true
  })
}

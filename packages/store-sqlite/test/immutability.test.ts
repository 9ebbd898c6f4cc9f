import { DatabaseSync } from "node:sqlite"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "./temporary-folder.ts"

const stream = { category: "account", id: "alice" }
const events = [1, 2, 3].map((cents) => ({
  type: "deposited",
  data: { cents },
  tags: ["money"],
  metadata: { correlationId: "request 1" },
}))
const recordedTables = [
  "tenants",
  "categories",
  "event_kinds",
  "tags",
  "streams",
  "events",
  "stream_runs",
  "tag_runs",
  "correlation_runs",
  "kind_segments",
]

describe("the database itself", () => {
  it.each(recordedTables)("refuses UPDATE and DELETE of %s, on any connection", async (table) => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, events)
    const other = new DatabaseSync(folder.file("store.db"))
    const [column] = other.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as [
      { name: string },
    ]
    const before = other.prepare(`SELECT * FROM ${table}`).all()
    expect(before.length).toBeGreaterThan(0)
    expect(() => other.exec(`UPDATE ${table} SET ${column.name} = ${column.name}`)).toThrow("never changed")
    expect(() => other.exec(`DELETE FROM ${table}`)).toThrow("never deleted")
    expect(other.prepare(`SELECT * FROM ${table}`).all()).toEqual(before)
    other.close()
  })

  it("refuses to replace events on a caller's connection", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, events)
    const caller = new DatabaseSync(folder.file("store.db"))
    caller.exec("BEGIN IMMEDIATE")
    await store.within(caller).events.append(stream, events.slice(0, 1))
    const replace = `INSERT OR REPLACE INTO events (position, stream_ref, version, id, kind_ref, recorded_at)
      SELECT position, stream_ref, version, id, kind_ref, recorded_at FROM events`
    expect(() => caller.exec(replace)).toThrow("never deleted")
    caller.exec("ROLLBACK")
    caller.close()
  })

  it.each([
    ["UPDATE OR REPLACE", "UPDATE OR REPLACE events SET position = 1 WHERE position = 2"],
    ["UPDATE OR IGNORE", "UPDATE OR IGNORE events SET body = 'other'"],
    [
      "an upsert",
      `INSERT INTO events (position, stream_ref, version, id, kind_ref, recorded_at) SELECT position, 1, 1, id, 1, 0 FROM events WHERE true
        ON CONFLICT DO UPDATE SET body = 'other'`,
    ],
    [
      "an upsert of a run",
      "INSERT INTO tag_runs SELECT * FROM tag_runs WHERE true ON CONFLICT DO UPDATE SET more = 99",
    ],
    ["a replaced run of a stream", "INSERT OR REPLACE INTO stream_runs SELECT * FROM stream_runs"],
    ["a change through the view for people", "UPDATE events_readable SET data = 'other'"],
  ])("refuses %s, on any connection", async (_, change) => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, events)
    using other = new DatabaseSync(folder.file("store.db"))
    const view = () => recordedTables.map((table) => other.prepare(`SELECT * FROM ${table}`).all())
    const before = view()
    expect(() => other.exec(change)).toThrow()
    expect(view()).toEqual(before)
  })

  it("refuses to replace an event in a unit of work", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.append(stream, events)
    const replacing = store.transaction(({ tx }) => {
      tx.exec("INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 1")
    })
    await expect(replacing).rejects.toThrow("never deleted")
  })

  it("refuses versions that don't follow each other", async () => {
    await using store = createSqliteStore({ file: ":memory:" })
    await store.append(stream, events)
    for (const firstVersion of [1, 3, 5]) {
      const inserting = store.transaction(({ tx }) => {
        tx.exec(`INSERT INTO stream_runs SELECT ref, ${firstVersion}, 100, 0 FROM streams`)
      })
      await expect(inserting).rejects.toThrow()
    }
  })

  it("never gives a position twice, also after its event was deleted by force", async () => {
    using folder = temporaryFolder()
    await using store = createSqliteStore({ file: folder.file("store.db") })
    await store.append(stream, events)
    const other = new DatabaseSync(folder.file("store.db"))
    other.exec("DROP TRIGGER events_never_go; DELETE FROM events WHERE position = 3")
    other.close()
    expect((await store.append({ category: "account", id: "bob" }, events)).positions).toEqual([4, 5, 6])
  })
})

it("shows events as JSON to people", async () => {
  using folder = temporaryFolder()
  await using store = createSqliteStore({ file: folder.file("store.db") })
  await store.append(stream, [...events.slice(0, 1), { type: "scanned", data: new Uint8Array([1, 255]) }])
  const other = new DatabaseSync(folder.file("store.db"))
  const rows = other
    .prepare("SELECT position, stream, type, data, tags, correlation_id FROM events_readable")
    .all()
  expect(rows.map((row) => ({ ...row }))).toEqual([
    {
      position: 1,
      stream: "alice",
      type: "deposited",
      data: '{"cents":1}',
      tags: '["money"]',
      correlation_id: "request 1",
    },
    {
      position: 2,
      stream: "alice",
      type: "scanned",
      data: '{"encoding":"bytes","bytes":"01ff"}',
      tags: "[]",
      correlation_id: null,
    },
  ])
  other.close()
})

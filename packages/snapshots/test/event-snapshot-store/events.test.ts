import assert from "node:assert/strict"
import {
  type Codec,
  createMemoryStore,
  defineEvent,
  defineEvents,
  type EventStore,
  type Logger,
  type Snapshot,
  type SnapshotKey,
  streamId,
  type,
} from "@annals/core"
import { createEventSnapshotStore, snapshotsPruned, snapshotTaken } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"

const key: SnapshotKey = { kind: "stream", name: "account", id: "alice" }
const long: SnapshotKey = { kind: "stream", name: "n".repeat(1_000), id: "'/\"".repeat(333) }

function snapshot(revision: number): Snapshot {
  return { revision, schemaVersion: 1, state: { encoding: "json", body: `${revision}` }, takenAt: 7 }
}

function logInto(lines: string[]): Logger {
  const ignore = () => {}
  return { debug: ignore, info: ignore, error: ignore, warn: (message) => lines.push(message) }
}

describe("snapshots kept as events", () => {
  it("are two types of event, in a side stream for each key", async () => {
    await using store = createMemoryStore()
    const snapshots = createEventSnapshotStore(store)
    await snapshots.save(key, snapshot(3))
    await snapshots.save(key, snapshot(5))
    await snapshots.prune(key, 1)
    await snapshots.save(long, snapshot(1))
    const events = await store.readAll().toArray()
    assert.deepEqual(
      events.map(({ type, stream, version }) => [type, stream.category, stream.id.slice(0, 10), version]),
      [
        ["$snapshot-taken", "$snapshots", '["stream",', 1],
        ["$snapshot-taken", "$snapshots", '["stream",', 2],
        ["$snapshots-pruned", "$snapshots", '["stream",', 3],
        ["$snapshot-taken", "$snapshots", events[3]?.stream.id.slice(0, 10), 1],
      ],
    )
    assert.deepEqual(events[2]?.data, { of: key, keepLast: 1, removed: 1 })
    assert.equal(events[3]?.stream.id.length, 36)
    const named = createEventSnapshotStore(store, { category: "account snapshots" })
    assert.equal(await named.load(key), undefined)
    await named.save(key, snapshot(1))
    assert.equal((await store.readAll({ categories: ["account snapshots"] }).toArray()).length, 1)
    assert.throws(() => createEventSnapshotStore(store, { category: "" }), { code: "INVALID_NAME" })
  })

  it("need their types in a store that was given its own", async () => {
    const opened = defineEvent("opened", type<object>())
    await using closed = createMemoryStore({ events: defineEvents([opened]) })
    await assert.rejects(createEventSnapshotStore(closed).save(key, snapshot(1)), {
      code: "UNKNOWN_EVENT_TYPE",
    })
    await using store = createMemoryStore({ events: defineEvents([opened, snapshotTaken, snapshotsPruned]) })
    assert.equal(await createEventSnapshotStore(store).save(key, snapshot(1)), true)
    const [event] = await store.readAll().toArray()
    assert.ok(event && snapshotTaken.is(event))
  })

  it("are read in small pages, from the newest on", async () => {
    const reads: number[] = []
    await using store = createMemoryStore({
      observer: {
        async around(operation, run) {
          const result = await run()
          if (operation.name === "read") reads.push(operation.eventCount ?? -1)
          return result
        },
        record: () => {},
      },
    })
    const snapshots = createEventSnapshotStore(store)
    for (let revision = 1; revision <= 40; revision++) await snapshots.save(key, snapshot(revision))
    reads.length = 0
    await snapshots.load(key)
    assert.deepEqual(reads, [2])
    await snapshots.prune(key, 30)
    reads.length = 0
    assert.equal((await snapshots.load(key, 12))?.revision, 12)
    assert.ok(Math.max(...reads) <= 8)
    reads.length = 0
    assert.equal(await snapshots.load(key, 10), undefined)
    assert.equal(await snapshots.prune(key, 0), 30)
    reads.length = 0
    await snapshots.load(key)
    assert.deepEqual(reads, [2])
  })

  for (const [name, create] of Object.entries({
    memory: (): EventStore => createMemoryStore(),
    SQLite: (): EventStore => createSqliteStore({ file: ":memory:" }),
  })) {
    it(`commit with a unit of work, or not at all: ${name}`, async () => {
      await using store = create()
      const outside = createEventSnapshotStore(store)
      await store.transaction(async ({ events }) => {
        const snapshots = createEventSnapshotStore(events)
        assert.equal(await snapshots.save(key, snapshot(1)), true)
        assert.equal(await snapshots.save(key, snapshot(1)), false)
        await assert.rejects(outside.save(key, snapshot(2)), { code: "NESTED_WRITE" })
      })
      assert.deepEqual(await outside.load(key), snapshot(1))
      const undone = store.transaction(async ({ events }) => {
        const snapshots = createEventSnapshotStore(events)
        await snapshots.save(key, snapshot(9))
        assert.equal(await snapshots.prune(key, 1), 1)
        assert.deepEqual(await snapshots.load(key), snapshot(9))
        throw new Error("no")
      })
      await assert.rejects(undone, /no/)
      assert.deepEqual(await outside.load(key), snapshot(1))
    })
  }

  it("are those of the log's tenant", async () => {
    await using store = createMemoryStore()
    const [none, red, blue] = [store, store.forTenant("red"), store.forTenant("blue")].map((log) =>
      createEventSnapshotStore(log),
    )
    await red?.save(key, snapshot(1))
    await none?.save(key, snapshot(2))
    assert.deepEqual(await red?.load(key), snapshot(1))
    assert.deepEqual(await none?.load(key), snapshot(2))
    assert.equal(await blue?.load(key), undefined)
  })

  it("pass over one that can't be read, and go on", async () => {
    const lines: string[] = []
    const lost = new Set<string>()
    const codec: Codec = {
      name: "key",
      encode: (payload) => ({ ...payload, encoding: "sealed" }),
      decode: (payload) => {
        for (const part of lost) if (`${payload.body}`.includes(part)) throw new Error("the key is gone")
        return { ...payload, encoding: "json" }
      },
    }
    await using store = createMemoryStore({ codecs: [codec], logger: logInto(lines) })
    const snapshots = createEventSnapshotStore(store)
    for (const revision of [1, 2, 3]) await snapshots.save(key, snapshot(revision))
    lost.add('"revision":3')
    assert.deepEqual(await snapshots.load(key), snapshot(2))
    assert.equal(lines.length, 1)
    assert.equal(await snapshots.save(key, snapshot(3)), false)
    assert.equal(await snapshots.save(key, snapshot(4)), true)
    assert.deepEqual(await snapshots.load(key), snapshot(4))
    assert.equal(await snapshots.prune(key, 2), 2)
    assert.deepEqual(await snapshots.load(key, 3), undefined)
  })

  it("aren't confused by what others append to a side stream", async () => {
    const lines: string[] = []
    await using store = createMemoryStore({ logger: logInto(lines) })
    const snapshots = createEventSnapshotStore(store)
    await snapshots.save(key, snapshot(5))
    const stream = streamId("$snapshots", JSON.stringify(["stream", "account", "alice"]))
    const of = { ...key, id: "bob" }
    const bobs = { of, schemaVersion: 1, takenAt: 7, encoding: "json", text: "8" }
    const tail = { metadata: { snapshots: { kept: 1, revision: 8 } } }
    await store.append(stream, [
      { type: "something", data: {} },
      { type: "$snapshot-taken", data: { revision: 9 } },
      { type: "$snapshot-taken", data: { revision: 9 }, metadata: { snapshots: null } },
      { type: "$snapshots-pruned", data: null, metadata: { snapshots: { kept: -1, revision: "9" } } },
      { type: "$snapshot-taken", data: "x", metadata: { snapshots: { kept: 2, revision: 7 } } },
      {
        type: "$snapshot-taken",
        data: { ...bobs, revision: 8 },
        metadata: { snapshots: { kept: 3, revision: 8 } },
      },
      {
        type: "$snapshot-taken",
        data: { ...bobs, of: key, revision: 1000 },
        metadata: { snapshots: { kept: 4, revision: 8 } },
      },
    ])
    assert.deepEqual(await snapshots.load(key), snapshot(5))
    assert.equal(lines.length, 3)
    assert.equal(await snapshots.save(key, snapshot(8)), false)
    assert.equal(await snapshots.save(key, snapshot(9)), true)
    assert.equal(await snapshots.prune(key, 1), 4)
    await store.append(stream, [{ type: "$snapshots-pruned", data: {}, ...tail }])
    assert.deepEqual(await snapshots.load(key), snapshot(9))
  })

  it("aren't tried without an end where nobody sees what is in the way", async () => {
    await using store = createMemoryStore()
    await createEventSnapshotStore(store).save(key, snapshot(1))
    await using stale = createMemoryStore()
    const { readStream } = stale
    const snapshots = createEventSnapshotStore({ ...store, readStream })
    await assert.rejects(snapshots.save(key, snapshot(2)), { code: "VERSION_CONFLICT" })
  })
})

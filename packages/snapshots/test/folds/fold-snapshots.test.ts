import assert from "node:assert/strict"
import {
  createMemoryStore,
  defineProjection,
  type EventStore,
  type Measurement,
  type Observer,
  type OperationName,
} from "@annals/core"
import { createEventSnapshotStore, createFoldSnapshots, everyEvents, never } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { createMemoryProjection } from "@annals/subscriptions"
import { createFakeClock } from "@annals/testing"
import { describe, it } from "vitest"
import { added, addNumbers, folded, type Totals, totals } from "./totals.ts"

const stores: Record<string, () => EventStore> = {
  memory: () => createMemoryStore(),
  SQLite: () => createSqliteStore({ file: ":memory:" }),
}

for (const [name, create] of Object.entries(stores)) {
  describe(`snapshots of a fold on ${name}`, () => {
    it("give the state at the end of the log, and at any position before", async () => {
      await using store = create()
      const snapshots = createFoldSnapshots(store, totals, { policy: everyEvents(4), keepLast: "all" })
      for (let round = 0; round < 5; round++) {
        await addNumbers(store, 7, round * 7)
        const { state, position } = await snapshots.read()
        assert.deepEqual(state, await folded(store))
        assert.equal(position, await store.head())
      }
      const head = await store.head()
      for (let atPosition = 0; atPosition <= head + 2; atPosition++) {
        const { state, position } = await snapshots.read({ atPosition })
        assert.deepEqual(state, await folded(store, {}, atPosition), `at ${atPosition}`)
        assert.equal(position, Math.min(atPosition, head))
      }
      assert.equal(snapshots.status().taken, 5)
      assert.ok(snapshots.status().hits > 20)
    })

    it("are passed over where events can't be applied to the state", async () => {
      await using store = create()
      const snapshots = createFoldSnapshots(store, totals, {
        policy: never(),
        form: { save: () => ({}), restore: () => ({}) as Totals },
      })
      await addNumbers(store, 10)
      await snapshots.take()
      await addNumbers(store, 5, 10)
      assert.deepEqual((await snapshots.read()).state, await folded(store))
      assert.equal(snapshots.status().misses["restore-failed"], 1)
      assert.equal(await snapshots.take(), true)
      assert.equal(snapshots.status().misses["restore-failed"], 2)
    })

    it("are taken when it is asked for, once for each position", async () => {
      await using store = create()
      const snapshots = createFoldSnapshots(store, totals, { policy: never() })
      await addNumbers(store, 10)
      assert.equal(await snapshots.take(), true)
      assert.equal(await snapshots.take(), false)
      const { hits, misses } = snapshots.status()
      assert.deepEqual([hits, misses.missing], [0, 0], "what taking finds doesn't count")
      await addNumbers(store, 1)
      assert.equal(await snapshots.take(), true)
      const other = createFoldSnapshots(store, totals)
      assert.deepEqual((await other.read()).state, await folded(store))
      assert.equal(other.status().hits, 1)
      assert.equal(await other.remove(), 1)
      await other.read()
      assert.deepEqual([other.status().hits, other.status().misses.missing], [1, 1])
    })

    it("aren't mixed up with those of other parts of the log, or of other tenants", async () => {
      await using store = create()
      const [red, blue] = [store.forTenant("red"), store.forTenant("blue")]
      for (const [index, log] of [store, red, blue].entries()) await addNumbers(log, 10 + index, index * 100)
      const archive = createMemoryStore()
      const outside = createEventSnapshotStore(archive)
      for (const snapshotStore of [undefined, outside]) {
        const all = [
          [store, {}],
          [store, { tenant: "" }],
          [store, { tenant: "red" }],
          [store, { categories: ["even"] }],
          [store, { tenant: "", categories: ["even"] }],
          [red, {}],
          [blue, {}],
          [blue, { categories: ["even"] }],
          [blue, { categories: ["odd", "even"] }],
          [blue, { categories: ["even"], tags: ["fourth"] }],
          [blue, { tags: ["fourth"] }],
        ] as const
        const folds = all.map(([log, scope]) => ({
          snapshots: createFoldSnapshots(log, totals, { ...scope, ...(snapshotStore && { snapshotStore }) }),
          plain: () => folded(log, scope),
        }))
        for (const { snapshots } of folds) await snapshots.take()
        for (const { snapshots, plain } of folds)
          assert.deepEqual((await snapshots.read()).state, await plain())
      }
      // The same part of the log, however it is written.
      const again = createFoldSnapshots(blue, totals, { categories: ["even", "odd", "even"] })
      assert.deepEqual((await again.read()).state, await folded(blue))
      assert.equal(again.status().hits, 1)
    })

    it("are used by many who read and append at once", async () => {
      await using store = create()
      const readers = Array.from({ length: 5 }, () =>
        createFoldSnapshots(store, totals, { policy: everyEvents(3), pageSize: 2 }),
      )
      await Promise.all([
        ...[0, 100, 200].map((first) => addNumbers(store, 10, first)),
        ...readers.map(async (snapshots) => {
          for (let round = 0; round < 5; round++) {
            const { state, position } = await snapshots.read()
            assert.deepEqual(state, await folded(store, {}, position))
          }
        }),
      ])
      for (const snapshots of readers) assert.deepEqual((await snapshots.read()).state, await folded(store))
    })
  })
}

describe("snapshots of a fold", () => {
  it("keep no state that doesn't come back as it was, and say so", async () => {
    await using store = createMemoryStore()
    const odd = defineProjection("odd", {
      events: [added],
      initial: () => ({ seen: new Set<number>() }),
      on: { added: (state, { data }) => void state.seen.add(data.number) },
    })
    await addNumbers(store, 4)
    const plain = createFoldSnapshots(store, odd, { policy: everyEvents(1) })
    assert.deepEqual((await plain.read()).state.seen, new Set([1, 2, 4]))
    assert.deepEqual([plain.status().taken, plain.status().failed], [0, 1])
    await assert.rejects(plain.take(), { code: "INVALID_VALUE", path: "state.seen" })
    const formed = createFoldSnapshots(store, odd, {
      form: { save: ({ seen }) => [...seen], restore: (seen) => ({ seen: new Set(seen) }) },
    })
    assert.equal(await formed.take(), true)
    assert.deepEqual((await formed.read()).state.seen, new Set([1, 2, 4]))
    assert.equal(formed.status().hits, 1)
  })

  it("pass over those of another schema version, and upcast where they can", async () => {
    await using store = createMemoryStore()
    await addNumbers(store, 10)
    await createFoldSnapshots(store, totals).take()
    const next = createFoldSnapshots(store, totals, { schemaVersion: 2 })
    assert.deepEqual((await next.read()).state, await folded(store))
    assert.equal(next.status().misses["schema-version"], 1)
    const upcast = createFoldSnapshots(store, totals, {
      schemaVersion: 2,
      upcasters: { 1: (saved: Totals) => ({ ...saved, count: 1_000 }) },
    })
    assert.equal((await upcast.read()).state.count, 1_000)
    // In the place of the old one of the same position.
    assert.equal(await next.take(), true)
    assert.deepEqual((await upcast.read()).state, await folded(store))
  })

  it("find out that rules changed, when they are compared with a full replay", async () => {
    await using store = createMemoryStore()
    await addNumbers(store, 10)
    const doubled = defineProjection("totals", {
      events: [added],
      initial: totals.initial,
      on: { added: (state, { data }) => ({ ...state, sum: state.sum + 2 * data.number }) },
    })
    await createFoldSnapshots(store, doubled).take()
    const verified = createFoldSnapshots(store, totals, { verifyShare: 1, policy: never() })
    assert.deepEqual((await verified.read()).state, await folded(store))
    const { misses, hits, verified: compared } = verified.status()
    assert.deepEqual([misses.differs, hits, compared], [1, 0, 1])
    assert.equal(await verified.take(), true)
    assert.deepEqual((await verified.read()).state, await folded(store))
    assert.equal(verified.status().hits, 1)
  })

  it("aren't used, and go, when they are ahead of the log, which was restored from a backup", async () => {
    await using archive = createMemoryStore()
    const snapshotStore = createEventSnapshotStore(archive)
    await using lost = createMemoryStore()
    await addNumbers(lost, 20)
    await createFoldSnapshots(lost, totals, { snapshotStore }).take()
    await using store = createMemoryStore()
    await addNumbers(store, 10, 50)
    const snapshots = createFoldSnapshots(store, totals, { snapshotStore })
    assert.deepEqual((await snapshots.read()).state, await folded(store))
    assert.equal(snapshots.status().misses.differs, 1)
    // What comes to be at that position is something else.
    await addNumbers(store, 20, 70)
    assert.deepEqual((await snapshots.read()).state, await folded(store))
  })

  it("read the log a page at a time, from the snapshot on, and end when they are told", async () => {
    const pages: number[] = []
    const observer: Observer = {
      async around(operation, run) {
        const result = await run()
        if (operation.name === "read") pages.push(operation.eventCount ?? 0)
        return result
      },
      record: () => {},
    }
    await using store = createMemoryStore({ observer })
    const snapshots = createFoldSnapshots(store, totals, { pageSize: 3, policy: never() })
    await addNumbers(store, 30)
    await snapshots.take()
    assert.ok(pages.length >= 6 && Math.max(...pages) <= 3, `${pages}`)
    pages.length = 0
    await addNumbers(store, 2, 31)
    await snapshots.read()
    assert.deepEqual(
      pages.reduce((sum, count) => sum + count, 0),
      2,
    )
    const reason = new Error("enough")
    await assert.rejects(snapshots.read({ signal: AbortSignal.abort(reason) }), reason)
    await assert.rejects(snapshots.take({ signal: AbortSignal.abort(reason) }), reason)
    await snapshots.take()
    await assert.rejects(snapshots.read({ signal: AbortSignal.abort(reason) }), reason)
  })

  it("ask no policy about a state of the past, of which a newer one is kept", async () => {
    await using store = createMemoryStore()
    let asked = 0
    const snapshots = createFoldSnapshots(store, totals, { policy: () => ++asked > 0 })
    await addNumbers(store, 10)
    await snapshots.read()
    await snapshots.read({ atPosition: 5 })
    assert.equal(asked, 1)
  })

  it("tell what they do", async () => {
    const measured: string[] = []
    const operations: (readonly [OperationName, string | undefined])[] = []
    const observer: Observer = {
      around: (operation, run) => {
        if (operation.name === "snapshot") operations.push([operation.name, operation.subject])
        return run()
      },
      record: ({ name, attributes }: Measurement) => {
        measured.push(`${name} ${attributes?.subject} ${attributes?.reason ?? ""}`.trim())
      },
    }
    await using store = createMemoryStore({ observer })
    await addNumbers(store, 3)
    const snapshots = createFoldSnapshots(store, totals)
    await snapshots.read()
    await snapshots.take()
    await snapshots.read()
    assert.deepEqual(operations, [["snapshot", "totals"]])
    assert.deepEqual(measured, [
      "snapshot.missed totals missing",
      "snapshot.taken totals",
      "snapshot.hit totals",
    ])
  })

  it("ask the policy with what was folded", async () => {
    const clock = createFakeClock()
    await using store = createMemoryStore({ clock })
    const moments: unknown[] = []
    const snapshots = createFoldSnapshots(store, totals, {
      policy: (moment) => {
        moments.push(moment)
        return true
      },
    })
    await addNumbers(store, 5)
    await snapshots.read()
    await snapshots.read()
    await addNumbers(store, 2, 6)
    await snapshots.read()
    const now = clock.now()
    assert.deepEqual(moments, [
      { kind: "fold", fromRevision: 0, toRevision: 5, added: 4, toReplay: 4, newest: undefined, now },
      {
        kind: "fold",
        fromRevision: 5,
        toRevision: 7,
        added: 1,
        toReplay: 1,
        newest: { revision: 5, takenAt: now },
        now,
      },
    ])
  })

  it("never fail a read because of the snapshot store", async () => {
    await using store = createMemoryStore()
    await addNumbers(store, 10)
    const broken = async () => {
      throw new Error("the disk is gone")
    }
    const snapshots = createFoldSnapshots(store, totals, {
      policy: everyEvents(1),
      snapshotStore: { load: broken, save: broken, prune: broken },
    })
    assert.deepEqual((await snapshots.read()).state, await folded(store))
    assert.deepEqual([snapshots.status().misses["store-failed"], snapshots.status().failed], [1, 1])
    await assert.rejects(snapshots.take(), /the disk is gone/)
    assert.equal(await snapshots.load({}, undefined), undefined)
  })

  it("of one tenant aren't for a fold of all", async () => {
    await using store = createMemoryStore()
    await addNumbers(store, 3)
    const snapshots = createFoldSnapshots(store.forTenant("red"), totals, { verifyShare: 1 })
    const running = createMemoryProjection(store, totals, { snapshots })
    await assert.rejects(
      running.start().then(() => running.done),
      ({ cause }: Error) => (cause as { readonly path?: string }).path === "snapshots",
    )
  })

  it("refuse options that mean nothing, and positions that are none", async () => {
    await using store = createMemoryStore()
    for (const [options, path] of [
      [{ categories: [] }, "categories"],
      [{ tags: ["\0"] }, "tags[0]"],
      [{ pageSize: 0 }, "pageSize"],
      [{ unreadable: "skip" as never }, "unreadable"],
      [{ keepLast: 0 }, "keepLast"],
    ] as const) {
      assert.throws(() => createFoldSnapshots(store, totals, options), { path })
    }
    const red = store.forTenant("red")
    assert.throws(() => createFoldSnapshots(red, totals, { tenant: "blue" }), { code: "INVALID_OPTION" })
    await assert.rejects(createFoldSnapshots(store, totals).read({ atPosition: -1 }), { path: "atPosition" })
  })
})

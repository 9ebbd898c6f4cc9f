import assert from "node:assert/strict"
import { createMemoryStore, defineProjection, type EventStore, type FoldGrowth } from "@annals/core"
import { createEventSnapshotStore, createFoldSnapshots, everyEvents } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { createMemoryProjection } from "@annals/subscriptions"
import { describe, it } from "vitest"
import { added, addNumbers, folded, type Totals, totals } from "./totals.ts"

const stores: Record<string, () => EventStore> = {
  memory: () => createMemoryStore(),
  SQLite: () => createSqliteStore({ file: ":memory:" }),
}

for (const [name, create] of Object.entries(stores)) {
  describe(`a projection in memory with snapshots on ${name}`, () => {
    it("continues from the snapshot that was taken of the one before it", async () => {
      await using store = create()
      for (let run = 1; run <= 3; run++) {
        await addNumbers(store, 20, run * 20)
        const snapshots = createFoldSnapshots(store, totals, { policy: everyEvents(5) })
        await using running = createMemoryProjection(store, totals, { snapshots, pageSize: 4 })
        await running.start()
        await running.waitFor(await store.head())
        assert.deepEqual(running.state, await folded(store))
        await running.stop()
        const { hits, taken } = snapshots.status()
        assert.deepEqual([hits, taken > 0], [run === 1 ? 0 : 1, true])
        assert.ok(running.status().handled <= (run === 1 ? 14 : 19), "only what is new is handled")
      }
    })

    it("may run several times at once, each at its own pace, while events come", async () => {
      await using store = create()
      const snapshots = createFoldSnapshots(store, totals, { policy: everyEvents(3), keepLast: 2 })
      const start = async (pageSize: number) => {
        const running = createMemoryProjection(store, totals, { snapshots, pageSize, pollIntervalMs: 5 })
        await running.start()
        return running
      }
      await addNumbers(store, 10)
      const first = await start(1)
      const adding = addNumbers(store, 20, 100)
      const others = await Promise.all([start(3), start(50)])
      await adding
      const head = await store.head()
      for (const running of [first, ...others]) {
        await running.waitFor(head)
        assert.deepEqual(running.state, await folded(store))
        await running.stop()
      }
      assert.deepEqual((await snapshots.read()).state, await folded(store))
    })

    it("finds the snapshots of its own part of the log and its own tenant", async () => {
      await using store = create()
      const outside = createEventSnapshotStore(createMemoryStore())
      const whole = createFoldSnapshots(store, totals, { policy: everyEvents(1), snapshotStore: outside })
      const tenants = ["red", "blue"].map((tenant) => store.forTenant(tenant))
      for (const [index, log] of tenants.entries()) await addNumbers(log, 9 + index, index * 50)
      for (const round of [1, 2]) {
        for (const log of [store, ...tenants]) {
          for (const scope of [{}, { categories: ["even"] }, { tags: ["fourth"] }]) {
            await using running = createMemoryProjection(log, totals, { ...scope, snapshots: whole })
            await running.start()
            await running.waitFor(await store.head())
            assert.deepEqual(running.state, await folded(log, scope))
            if (round === 2) assert.equal(running.status().handled, 0)
          }
        }
      }
    })
  })
}

describe("what a fold tells of its growth", () => {
  const state: Totals = { sum: 1, count: 1, last: [] }
  const grow = (fromPosition: number, toPosition: number): FoldGrowth => ({
    scope: {},
    fromPosition,
    toPosition,
    folded: toPosition - fromPosition,
  })

  it("adds up until a snapshot is due, and begins anew then", async () => {
    await using store = createMemoryStore()
    const asked: (readonly [added: number, toReplay: number])[] = []
    const snapshots = createFoldSnapshots(store, totals, {
      policy: ({ added, toReplay }) => {
        asked.push([added, toReplay])
        return toReplay >= 5
      },
    })
    for (const position of [0, 2, 4, 6, 8]) await snapshots.folded(state, grow(position, position + 2))
    assert.deepEqual(asked, [
      [2, 2],
      [2, 4],
      [2, 6],
      [2, 2],
      [2, 4],
    ])
    assert.equal(snapshots.status().taken, 1)
  })

  it("counts once, also when several fold the same", async () => {
    await using store = createMemoryStore()
    const snapshots = createFoldSnapshots(store, totals, { policy: everyEvents(5) })
    for (const position of [0, 2]) {
      for (let folder = 0; folder < 3; folder++) await snapshots.folded(state, grow(position, position + 2))
    }
    assert.equal(snapshots.status().taken, 0)
    await snapshots.folded(state, grow(4, 6))
    // Late, and below the newest by now.
    await snapshots.folded({ sum: 9, count: 9, last: [] }, grow(0, 5))
    assert.equal(snapshots.status().taken, 1)
    assert.equal((await store.snapshots.load({ kind: "fold", name: "totals", id: "" }))?.revision, 6)
  })

  it("isn't tried again at each event, where it can't be kept", async () => {
    await using store = createMemoryStore()
    const never = defineProjection("never", {
      events: [added],
      initial: () => ({ at: new Date(0) }),
      on: { added: (state) => state },
    })
    const snapshots = createFoldSnapshots(store, never, { policy: everyEvents(1) })
    for (let position = 0; position < 1_000; position++)
      await snapshots.folded({ at: new Date(0) }, grow(position, position + 1))
    const { failed, taken } = snapshots.status()
    assert.deepEqual([failed, taken], [10, 0])
  })
})

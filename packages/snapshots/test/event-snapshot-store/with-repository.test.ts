import assert from "node:assert/strict"
import { createMemoryStore, createRepository, type EventStore } from "@annals/core"
import {
  createEventSnapshotStore,
  createSnapshots,
  everyEvents,
  type SnapshotPlace,
  snapshotTaken,
} from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { describe, it } from "vitest"
import { tally } from "../streams/tallies.ts"

const stores: Record<string, () => EventStore> = {
  memory: () => createMemoryStore(),
  SQLite: () => createSqliteStore({ file: ":memory:" }),
}

const besideTheEvents = ({ events }: SnapshotPlace) => createEventSnapshotStore(events)

for (const [name, create] of Object.entries(stores)) {
  describe(`a repository whose snapshots are events, on ${name}`, () => {
    for (const take of ["transaction", "after", "background"] as const) {
      it(`in the same log, taken: ${take}`, async () => {
        await using store = create()
        const options = { take, policy: everyEvents(3), snapshotStore: besideTheEvents, keepLast: 2 }
        await using snapshots = createSnapshots(store, tally, options)
        const tallies = createRepository(store, tally, { snapshots })
        for (let amount = 1; amount <= 10; amount++) {
          await tallies.execute("a'/\"", "add", [amount])
          await snapshots.drain()
        }
        const again = createSnapshots(store, tally, options)
        const { state, version } = await createRepository(store, tally, { snapshots: again }).load("a'/\"")
        assert.deepEqual([state.total, version, again.status().hits], [55, 10, 1])
        const taken = await store.readAll({ types: [snapshotTaken.type] }).toArray()
        assert.equal(taken.length, snapshots.status().taken)
        assert.ok(taken.length >= 3)
        assert.equal(await again.remove("a'/\""), 2)
      })
    }

    it("in a store of their own, by tenant", async () => {
      await using store = create()
      await using archive = createMemoryStore()
      const snapshotStore = createEventSnapshotStore(archive)
      for (const [index, tenant] of ["red", "blue"].entries()) {
        const own = store.forTenant(tenant)
        const snapshots = createSnapshots(own, tally, { policy: everyEvents(1), snapshotStore })
        await createRepository(own, tally, { snapshots }).execute("a", "add", [index + 1])
      }
      for (const [index, tenant] of ["red", "blue"].entries()) {
        const own = store.forTenant(tenant)
        const snapshots = createSnapshots(own, tally, { snapshotStore })
        const { state } = await createRepository(own, tally, { snapshots }).load("a")
        assert.deepEqual([state.total, snapshots.status().hits], [index + 1, 1])
      }
      assert.deepEqual(await store.readAll({ categories: ["$snapshots"] }).toArray(), [])
    })
  })
}

import assert from "node:assert/strict"
import type { Snapshot, SnapshotKey } from "@annals/core"
import { together } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

const key: SnapshotKey = { kind: "stream", name: "account", id: "alice" }

function snapshot(revision: number, rest: Partial<Snapshot> = {}): Snapshot {
  const state = { encoding: "json", body: JSON.stringify({ revision }) }
  return { revision, schemaVersion: 1, state, takenAt: 1_000 + revision, ...rest }
}

/** What `SnapshotStore` promises: the newest stays the newest. */
export function snapshotStoreConformance({ describe, it }: Runner, create: CreatePorts<"snapshots">): void {
  describe("SnapshotStore", () => {
    it("has none before one was saved", async () => {
      await using subject = await create()
      assert.equal(await subject.ports.snapshots.load(key), undefined)
    })

    it("gives the newest, or the newest at or below a revision", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      for (const revision of [10, 20, 30]) assert.equal(await snapshots.save(key, snapshot(revision)), true)
      assert.deepEqual(await snapshots.load(key), snapshot(30))
      assert.deepEqual(await snapshots.load(key, 30), snapshot(30))
      assert.deepEqual(await snapshots.load(key, 29), snapshot(20))
      assert.deepEqual(await snapshots.load(key, 10), snapshot(10))
      assert.equal(await snapshots.load(key, 9), undefined)
    })

    it("lets a slow writer put nothing in the place of a newer one", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      await snapshots.save(key, snapshot(20))
      assert.equal(await snapshots.save(key, snapshot(10)), false)
      assert.equal(await snapshots.save(key, snapshot(20, { takenAt: 99 })), false)
      assert.deepEqual(await snapshots.load(key), snapshot(20))
      assert.equal(await snapshots.load(key, 15), undefined)
    })

    it("keeps the newest of many that are saved at once", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      await together(10, (index) => snapshots.save(key, snapshot(((index * 7) % 10) + 1)))
      assert.deepEqual(await snapshots.load(key), snapshot(10))
    })

    it("keeps kinds, names and ids apart", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      const keys: SnapshotKey[] = [
        key,
        { ...key, id: "bob" },
        { ...key, name: "cart" },
        { kind: "fold", name: "account", id: "" },
      ]
      for (const [index, each] of keys.entries()) await snapshots.save(each, snapshot(index + 1))
      for (const [index, each] of keys.entries())
        assert.deepEqual(await snapshots.load(each), snapshot(index + 1))
    })

    it("keeps state as text and as bytes, with its hash, byte for byte", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      const text = snapshot(1, {
        schemaVersion: 3,
        state: { encoding: "json", body: "ä👩‍👩‍👧 'x'", hash: "abc" },
      })
      const bytes = snapshot(2, { state: { encoding: "zstd", body: Uint8Array.of(0, 255, 10) } })
      await snapshots.save(key, text)
      assert.deepEqual(await snapshots.load(key), text)
      await snapshots.save(key, bytes)
      const loaded = await snapshots.load(key)
      assert.ok(loaded?.state.body instanceof Uint8Array)
      assert.deepEqual([...loaded.state.body], [0, 255, 10])
      assert.equal(loaded?.state.encoding, "zstd")
    })

    it("prunes to the newest so many, and says how many went", async () => {
      await using subject = await create()
      const { snapshots } = subject.ports
      for (const revision of [1, 2, 3, 4, 5]) await snapshots.save(key, snapshot(revision))
      await snapshots.save({ ...key, id: "bob" }, snapshot(1))
      assert.equal(await snapshots.prune(key, 2), 3)
      assert.equal(await snapshots.prune(key, 2), 0)
      assert.deepEqual(await snapshots.load(key), snapshot(5))
      assert.deepEqual(await snapshots.load(key, 4), snapshot(4))
      assert.equal(await snapshots.load(key, 3), undefined)
      assert.equal(await snapshots.prune(key, 0), 2)
      assert.equal(await snapshots.load(key), undefined)
      assert.deepEqual(await snapshots.load({ ...key, id: "bob" }), snapshot(1))
    })
  })
}

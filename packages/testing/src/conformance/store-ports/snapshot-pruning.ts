import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import { key, snapshot } from "./sample-snapshots.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"

/** What is pruned is gone, and nothing else. */
export function snapshotPruning({ describe, it }: Runner, create: CreateSnapshotStoreSubject): void {
  describe("pruning snapshots", () => {
    it("leaves the newest so many, and says how many went", async () => {
      await using subject = await create()
      const { snapshots } = subject
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

    it("takes nothing where there are no more than are kept", async () => {
      await using subject = await create()
      const { snapshots } = subject
      assert.equal(await snapshots.prune(key, 0), 0)
      await snapshots.save(key, snapshot(1))
      assert.equal(await snapshots.prune(key, 1), 0)
      assert.equal(await snapshots.prune(key, Number.MAX_SAFE_INTEGER), 0)
      assert.deepEqual(await snapshots.load(key), snapshot(1))
    })

    it("brings back nothing when it keeps more than are left", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const revision of [1, 2, 3]) await snapshots.save(key, snapshot(revision))
      await snapshots.prune(key, 1)
      await snapshots.prune(key, 3)
      assert.equal(await snapshots.load(key, 2), undefined)
      await snapshots.save(key, snapshot(4))
      assert.deepEqual(await snapshots.load(key, 3), snapshot(3))
      assert.equal(await snapshots.load(key, 2), undefined)
    })

    it("leaves room for any revision when all went", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const revision of [10, 20]) await snapshots.save(key, snapshot(revision))
      assert.equal(await snapshots.prune(key, 0), 2)
      const again = snapshot(10, { takenAt: 2_000 })
      assert.equal(await snapshots.save(key, again), true)
      assert.deepEqual(await snapshots.load(key), again)
      assert.equal(await snapshots.prune(key, 0), 1)
    })
  })
}

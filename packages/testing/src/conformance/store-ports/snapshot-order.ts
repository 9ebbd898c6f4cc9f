import assert from "node:assert/strict"
import { together } from "../event-store/sample-events.ts"
import type { Runner } from "../runner.ts"
import { key, snapshot } from "./sample-snapshots.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"

/** Trap 29: the newest stays the newest, whoever comes late. */
export function snapshotOrder({ describe, it }: Runner, create: CreateSnapshotStoreSubject): void {
  describe("the order of snapshots", () => {
    it("gives the newest, or the newest at or below a revision", async () => {
      await using subject = await create()
      const { snapshots } = subject
      for (const revision of [10, 20, 30]) assert.equal(await snapshots.save(key, snapshot(revision)), true)
      assert.deepEqual(await snapshots.load(key), snapshot(30))
      assert.deepEqual(await snapshots.load(key, 30), snapshot(30))
      assert.deepEqual(await snapshots.load(key, 29), snapshot(20))
      assert.deepEqual(await snapshots.load(key, 10), snapshot(10))
      assert.equal(await snapshots.load(key, 9), undefined)
    })

    it("begins at revision 0, and ends at the largest safe integer", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const largest = Number.MAX_SAFE_INTEGER
      assert.equal(await snapshots.load(key, 0), undefined)
      for (const revision of [0, 2 ** 31, 2 ** 32 + 1, largest - 1, largest]) {
        assert.equal(await snapshots.save(key, snapshot(revision, { schemaVersion: largest })), true)
        assert.equal(await snapshots.save(key, snapshot(revision)), false)
      }
      for (const [atMost, revision] of [
        [0, 0],
        [2 ** 31 - 1, 0],
        [2 ** 32, 2 ** 31],
        [largest - 1, largest - 1],
        [undefined, largest],
      ] as const) {
        const wanted = snapshot(revision, { schemaVersion: largest })
        assert.deepEqual(await snapshots.load(key, atMost), wanted)
      }
    })

    it("lets a slow writer put nothing in the place of a newer one", async () => {
      await using subject = await create()
      const { snapshots } = subject
      await snapshots.save(key, snapshot(20))
      assert.equal(await snapshots.save(key, snapshot(10)), false)
      assert.equal(await snapshots.save(key, snapshot(20, { takenAt: 99 })), false)
      assert.deepEqual(await snapshots.load(key), snapshot(20))
      assert.equal(await snapshots.load(key, 15), undefined)
    })

    it("keeps the newest of many that are saved at once", async () => {
      await using subject = await create()
      const { snapshots } = subject
      await together<number | boolean>(20, (index) => snapshots.save(key, snapshot(((index * 7) % 20) + 1)))
      assert.deepEqual(await snapshots.load(key), snapshot(20))
    })

    it("lets one of many have its way that save the same revision at once", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const saved = await together(10, (index) => snapshots.save(key, snapshot(7, { takenAt: index })))
      assert.equal(saved.filter((isSaved) => isSaved).length, 1)
      assert.equal((await snapshots.load(key))?.takenAt, saved.indexOf(true))
    })

    it("counts each that goes once, when many prune and save at once", async () => {
      await using subject = await create()
      const { snapshots } = subject
      const results = await together<number | boolean>(20, (index) =>
        index % 3 === 2 ? snapshots.prune(key, 2) : snapshots.save(key, snapshot(index + 1)),
      )
      assert.deepEqual(await snapshots.load(key), snapshot(20))
      const saved = results.filter((result) => result === true).length
      const counts = [...results, await snapshots.prune(key, 0)].filter(
        (result) => typeof result === "number",
      )
      const removed = counts.reduce((sum, count) => sum + count, 0)
      assert.equal(removed, saved)
      assert.equal(await snapshots.load(key), undefined)
    })
  })
}

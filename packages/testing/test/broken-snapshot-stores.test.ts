import assert from "node:assert/strict"
import { createMemoryStore } from "@annals/core"
import { describe, it } from "vitest"
import { snapshotStoreConformance } from "../src/index.ts"
import { type BrokenSnapshotStore, brokenSnapshotStores } from "./broken-stores/snapshot-stores.ts"
import { type CollectedTest, collectTests } from "./collecting-runner.ts"

function testsOf(breakStore: BrokenSnapshotStore["break"]): CollectedTest[] {
  return collectTests((runner) =>
    snapshotStoreConformance(runner, async () => {
      const store = createMemoryStore()
      const snapshots = { ...store.snapshots, ...breakStore(store.snapshots) }
      return { snapshots, [Symbol.asyncDispose]: () => store.close() }
    }),
  )
}

describe("the conformance suite of snapshots", () => {
  it("passes a store without a fault", async () => {
    for (const { name, run } of testsOf(() => ({}))) assert.equal((await run()).status, "passed", name)
  })

  for (const broken of brokenSnapshotStores) {
    it(`fails a store that ${broken.fault}`, async () => {
      const meant = testsOf(broken.break).filter(({ name }) => name.endsWith(` › ${broken.foundBy}`))
      assert.equal(meant.length, 1, `there is one test "${broken.foundBy}"`)
      for (const { name, run } of meant) assert.equal((await run()).status, "failed", name)
    })
  }
})

import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import type { Snapshot, SnapshotKey } from "@annals/core"
import { usingService } from "@annals/services"
import { createEventSnapshotStore } from "@annals/snapshots"
import { createPostgresStore } from "@annals/store-postgres"
import { snapshotStoreConformance } from "@annals/testing"
import { afterAll, beforeAll, describe, it } from "vitest"

const key: SnapshotKey = { kind: "fold", name: "totals", id: "" }

function snapshot(revision: number): Snapshot {
  return { revision, schemaVersion: 1, state: { encoding: "raw", body: Uint8Array.of(revision) }, takenAt: 7 }
}

describe("snapshots kept as events on PostgreSQL", () => {
  usingService("postgres", (url) => {
    const schema = `snapshots_${randomBytes(6).toString("hex")}`
    const open = () =>
      createPostgresStore({ connectionString: url, schema, migrate: "auto", maxConnections: 5 })
    let store: ReturnType<typeof open>
    let tenants = 0

    beforeAll(() => {
      store = open()
    })

    afterAll(async () => {
      await store.transaction(({ tx }) => tx.query(`DROP SCHEMA "${schema}" CASCADE`))
      await store.close()
    })

    // A tenant of its own for each test is as good as a database of its own, and quicker.
    snapshotStoreConformance({ describe, it }, async () => ({
      snapshots: createEventSnapshotStore(store.forTenant(`tenant ${tenants++}`)),
      [Symbol.asyncDispose]: async () => {},
    }))

    it("stand several writers at a time, also in units of work, whose conflicts undo nothing of them", async () => {
      const outside = createEventSnapshotStore(store)
      const results = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          index % 3 === 0
            ? outside.save(key, snapshot(index))
            : store.transaction(async ({ events }) => {
                const snapshots = createEventSnapshotStore(events)
                return index % 3 === 1 ? snapshots.save(key, snapshot(index)) : snapshots.prune(key, 1)
              }),
        ),
      )
      assert.deepEqual(await outside.load(key), snapshot(10))
      const saved = results.filter((result) => result === true).length
      const removed = results.reduce<number>(
        (sum, result) => sum + (typeof result === "number" ? result : 0),
        0,
      )
      assert.equal(removed + (await outside.prune(key, 0)), saved)
    })
  })
})

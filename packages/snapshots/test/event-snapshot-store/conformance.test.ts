import { createMemoryStore, type EventStore } from "@annals/core"
import { createEventSnapshotStore } from "@annals/snapshots"
import { createSqliteStore } from "@annals/store-sqlite"
import { snapshotStoreConformance } from "@annals/testing"
import { describe, it } from "vitest"

const stores: Record<string, () => EventStore> = {
  memory: () => createMemoryStore(),
  SQLite: () => createSqliteStore({ file: ":memory:" }),
  "a tenant of memory": () => createMemoryStore().forTenant("it's / red"),
}

for (const [name, create] of Object.entries(stores)) {
  describe(`as events in ${name}`, () => {
    snapshotStoreConformance({ describe, it }, async () => {
      const store = create()
      return { snapshots: createEventSnapshotStore(store), [Symbol.asyncDispose]: () => store.close() }
    })
  })
}

import type { Runner } from "../runner.ts"
import { snapshotModel } from "./snapshot-model.ts"
import { snapshotOrder } from "./snapshot-order.ts"
import { snapshotPruning } from "./snapshot-pruning.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"
import { snapshotValues } from "./snapshot-values.ts"

/**
 * What `SnapshotStore` promises: the newest stays the newest, earlier ones are found until they are pruned, and every state comes back as it was.
 *
 * For a store of snapshots that stands alone; `storePortsConformance` runs it on the snapshots of a whole store.
 *
 * @example
 * snapshotStoreConformance({ describe, it }, async () => {
 *   const store = createMemoryStore()
 *   return { snapshots: store.snapshots, [Symbol.asyncDispose]: () => store.close() }
 * })
 */
export function snapshotStoreConformance(runner: Runner, create: CreateSnapshotStoreSubject): void {
  runner.describe("SnapshotStore", () => {
    for (const part of [snapshotOrder, snapshotPruning, snapshotValues, snapshotModel]) part(runner, create)
  })
}

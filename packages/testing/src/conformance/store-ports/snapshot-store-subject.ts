import type { SnapshotStore } from "@annals/core"

/** A fresh, empty store of snapshots for one test, shared with no other test. */
export interface SnapshotStoreSubject extends AsyncDisposable {
  readonly snapshots: SnapshotStore
}

/** Makes a fresh, isolated subject. Disposing of it closes everything and removes its data. */
export type CreateSnapshotStoreSubject = () => Promise<SnapshotStoreSubject>

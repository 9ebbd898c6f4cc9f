import { createRepository, type EventStore, type SnapshotStore } from "@annals/core"
import { createSnapshots, everyEvents, type SnapshotOptions, type SnapshotPlace } from "@annals/snapshots"
import { type TallyState, tally } from "./tallies.ts"

/** A repository whose snapshots are due at each fifth event, unless said otherwise. */
export function tallies(store: EventStore, options: SnapshotOptions<TallyState> = {}) {
  const snapshots = createSnapshots(store, tally, { policy: everyEvents(5), ...options })
  return { snapshots, repository: createRepository(store, tally, { snapshots }) }
}

/** Snapshots of the store whose saves fail while they are told to. */
export function failingPlace() {
  const trouble: { error: Error | undefined } = { error: undefined }
  const snapshotStore = ({ snapshots }: SnapshotPlace): SnapshotStore => ({
    load: (key, atMost) => snapshots.load(key, atMost),
    save: async (key, snapshot) =>
      trouble.error === undefined ? snapshots.save(key, snapshot) : Promise.reject(trouble.error),
    prune: (key, keepLast) => snapshots.prune(key, keepLast),
  })
  return { trouble, snapshotStore }
}

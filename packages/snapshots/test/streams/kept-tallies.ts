import { createRepository, type EventStore, type SnapshotStore } from "@annals/core"
import {
  createSnapshots,
  everyEvents,
  never,
  type SnapshotOptions,
  type SnapshotPlace,
  type Snapshots,
} from "@annals/snapshots"
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

/** A repository of which no snapshot is due, unless said otherwise. */
export const untakenTallies = (store: EventStore, options: SnapshotOptions<TallyState> = {}) =>
  tallies(store, { policy: never(), ...options })

export async function addOnes(store: EventStore, count: number, id = "a"): Promise<void> {
  await createRepository(store, tally).execute(id, "add", Array(count).fill(1))
}

export const missesOf = (snapshots: Pick<Snapshots<unknown>, "status">) =>
  Object.fromEntries(Object.entries(snapshots.status().misses).filter(([, count]) => count > 0))

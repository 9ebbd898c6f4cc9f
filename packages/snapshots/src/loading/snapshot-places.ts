import type { EventStore, SnapshotStore, UnitOfWork } from "@annals/core"
import type { SnapshotPlace } from "../snapshot-options.ts"

/** Where snapshots are, in the store and in its units of work. */
export interface SnapshotPlaces {
  /** What isn't inside of units of work, and knows nothing of the events' transactions. */
  readonly isOutside: boolean
  /** Of the store itself: each call is a transaction of its own. */
  readonly store: () => SnapshotStore
  /** Throws what the function throws that was given for it. */
  readonly within: (unitOfWork: UnitOfWork<unknown>) => SnapshotStore
  /** Runs what belongs together: in one transaction, unless the place is outside. */
  readonly together: <Result>(work: (snapshots: SnapshotStore) => Promise<Result>) => Promise<Result>
}

/** `given`: what the options say, see there. */
export function snapshotPlaces(
  store: EventStore<unknown>,
  given: SnapshotStore | ((place: SnapshotPlace) => SnapshotStore) | undefined,
): SnapshotPlaces {
  if (typeof given === "object") {
    return {
      isOutside: true,
      store: () => given,
      within: () => given,
      together: (work) => work(given),
    }
  }
  const placeIn = given ?? ((place: SnapshotPlace) => place.snapshots)
  let own: SnapshotStore | undefined
  const within = (unitOfWork: UnitOfWork<unknown>) => placeIn(unitOfWork)
  return {
    isOutside: false,
    store: () => {
      own ??= placeIn({ snapshots: store.snapshots, events: store })
      return own
    },
    within,
    together: (work) => store.transaction((unitOfWork) => work(within(unitOfWork))),
  }
}

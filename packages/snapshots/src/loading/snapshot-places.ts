import type { EventStore, SnapshotStore, UnitOfWork } from "@annals/core"
import { invalidOption } from "../check-whole.ts"
import type { SnapshotPlace } from "../snapshot-options.ts"
import { answeringInTime } from "./answering-in-time.ts"

/** Where snapshots are, in the store and in its units of work. */
export interface SnapshotPlaces {
  /** What isn't inside of units of work, and knows nothing of the events' transactions. */
  readonly isOutside: boolean
  /** Of the store itself: each call is a transaction of its own. */
  readonly store: () => SnapshotStore
  /** Throws what the function throws that was given for it, and `INVALID_OPTION` where that finds the store's own place: what is kept there isn't rolled back. */
  readonly within: (unitOfWork: UnitOfWork<unknown>) => SnapshotStore
  /** Runs what belongs together: in one transaction, unless the place is outside. */
  readonly together: <Result>(work: (snapshots: SnapshotStore) => Promise<Result>) => Promise<Result>
}

/** `given`: what the options say, see there. */
export function snapshotPlaces(
  store: EventStore<unknown>,
  given: SnapshotStore | ((place: SnapshotPlace) => SnapshotStore) | undefined,
  timeoutMs: number,
): SnapshotPlaces {
  if (typeof given === "object") {
    const outside = answeringInTime(given, store.clock, timeoutMs)
    return {
      isOutside: true,
      store: () => outside,
      within: () => outside,
      together: (work) => work(outside),
    }
  }
  const placeIn = given ?? ((place: SnapshotPlace) => place.snapshots)
  let own: SnapshotStore | undefined
  const ofStore = () => {
    own ??= placeIn({ snapshots: store.snapshots, events: store })
    return own
  }
  const within = (unitOfWork: UnitOfWork<unknown>) => {
    const place = placeIn(unitOfWork)
    if (place !== ofStore()) return place
    throw invalidOption("snapshotStore", "finds one place for all: give that place, instead of a function")
  }
  return {
    isOutside: false,
    store: ofStore,
    within,
    together: (work) => store.transaction((unitOfWork) => work(within(unitOfWork))),
  }
}

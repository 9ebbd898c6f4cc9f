import type { UnitOfWork } from "@annals/core"
import { findUsableSnapshot } from "../loading/find-usable-snapshot.ts"
import { keyOf, repositoryOf, type StreamSnapshots, stateOf } from "./stream-snapshots.ts"

/**
 * The state at a version, folded from what was recorded, for a snapshot. That of a decider that was just saved needn't be: it is known. An aggregate that changes its
 * state has applied events as they were raised, without what recording adds (`occurredAt`, say), and its owner may have changed the state besides.
 */
export async function foldAgain(
  snapshots: StreamSnapshots,
  id: string,
  version: number,
  unitOfWork: UnitOfWork<unknown> | undefined,
): Promise<unknown> {
  const { store, definition, settings } = snapshots
  const { places, codec, observer } = settings
  const key = keyOf(snapshots, id)
  // Not the snapshots that callers load through: nobody's hits are counted here.
  const nearest = {
    store,
    load: async () => {
      const place = unitOfWork === undefined ? places.store() : places.within(unitOfWork)
      const found = await findUsableSnapshot(place, key, version, codec, () => {})
      return found && { state: found.state, version: found.revision }
    },
    saved: () => {},
  }
  const repository = repositoryOf(store, definition, { snapshots: nearest, ...(observer && { observer }) })
  const place = unitOfWork === undefined ? repository : repository.within(unitOfWork)
  return stateOf(snapshots, await place.load(id, { atVersion: version })).state
}

import type { SaveAction } from "../machine/machine-action.ts"
import type { MachineInput } from "../machine/machine-input.ts"
import { Bookkeeping, moveCheckpoint, refusalOf } from "./move-checkpoint.ts"
import { observed } from "./observed.ts"
import type { Runtime } from "./runtime.ts"

/** Saves how far the subscription got, together with what it parks. Never rejects. */
export async function saveProgress<Tx>(action: SaveAction, runtime: Runtime<Tx>): Promise<MachineInput> {
  const { store } = runtime
  const { parked } = action.commit
  try {
    if (parked.length === 0) await moveCheckpoint(store, runtime, action.commit, action.to)
    else {
      const details = { eventCount: parked.length, eventTypes: [...new Set(parked.map(({ type }) => type))] }
      await observed(runtime, "park", details, () =>
        store.transaction((unitOfWork) => moveCheckpoint(unitOfWork, runtime, action.commit, action.to)),
      )
    }
    return { type: "saved", to: action.to }
  } catch (error) {
    const why = refusalOf(error)
    if (why !== undefined) return { type: "refused", why }
    return { type: "work-failed", error: error instanceof Bookkeeping ? error.cause : error }
  }
}

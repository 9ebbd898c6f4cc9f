import type { Fence } from "@annals/core"
import type { Commit } from "./machine-action.ts"
import type { MachineState } from "./machine-state.ts"

/** What moves the checkpoint from where it is saved. */
export function commitOf(state: MachineState): Commit {
  const [cohort] = state.cohorts
  return {
    slots: cohort?.slots ?? [],
    from: cohort?.position ?? 0,
    fences: fencesOf(state),
    parked: state.unsaved.parked,
  }
}

/** Of all that is held: a slot of which the lease is lost makes the others worth looking after, too. */
export function fencesOf({ held }: MachineState): readonly Fence[] {
  return held.map(({ fence }) => fence)
}

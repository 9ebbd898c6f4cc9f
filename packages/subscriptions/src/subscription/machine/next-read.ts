import { filteredSlots } from "./cohorts.ts"
import type { MachineAction } from "./machine-action.ts"
import type { MachineState } from "./machine-state.ts"

/** One page is handled, one waits: more is never read ahead. */
export function nextRead(state: MachineState, actions: MachineAction[]): MachineState {
  const [cohort, ahead] = state.cohorts
  if (cohort === undefined || !mayRead(state)) return state
  const after = (state.nextPage ?? state.page)?.scannedTo ?? state.unsaved.position
  const until = ahead?.position
  if (until !== undefined && after >= until) return state // those ahead are joined once this is saved
  actions.push({ type: "read", epoch: state.epoch, slots: filteredSlots(cohort), after, until })
  return { ...state, reading: true, woken: false }
}

function mayRead(state: MachineState): boolean {
  return (
    state.phase === "running" &&
    !state.paused &&
    !state.reading &&
    !state.atEnd &&
    state.nextPage === undefined &&
    state.offered === undefined &&
    state.surplus.length === 0 &&
    state.backoff?.of !== "everything"
  )
}

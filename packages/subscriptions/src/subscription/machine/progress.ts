import { movedTo } from "./cohorts.ts"
import type { MachineSettings, MachineState, Page, Trouble } from "./machine-state.ts"

/** Whether the checkpoint is behind what is handled. */
export function hasUnsaved({ cohorts, unsaved }: MachineState): boolean {
  const [first] = cohorts
  return first !== undefined && unsaved.position > first.position
}

/** After a handler, or a transaction with it, got so far. */
export function afterHandling(
  settings: MachineSettings,
  state: MachineState,
  { count, to }: { readonly count: number; readonly to: number },
): MachineState {
  const { unsaved, waiting } = state
  const parked = [...unsaved.parked, ...waiting.filter(({ position }) => position <= to)]
  const moved = movePast({ ...state, waiting: [] }, to)
  if (settings.transactional) {
    return { ...withCheckpointAt(moved, to), unsaved: { position: to, events: 0, parked: [] } }
  }
  const events = unsaved.events + count
  const saveDue = state.saveDue || events >= settings.saveEvery || parked.length > 0
  return { ...moved, saveDue, unsaved: { position: to, events, parked } }
}

/** The checkpoint of those behind is saved. Where they reached others, there may be more to read. */
export function withCheckpointAt(state: MachineState, to: number): MachineState {
  const cohorts = movedTo(state.cohorts, to)
  return { ...state, conflicts: 0, cohorts, atEnd: state.atEnd && cohorts.length === state.cohorts.length }
}

/** Everything up to `to` needs no handler any more. */
export function movePast(state: MachineState, to: number): MachineState {
  const { page, trouble, unsaved } = state
  return {
    ...state,
    page: page === undefined ? undefined : pagePast(page, to),
    trouble: trouble === undefined ? undefined : troublePast(trouble, to),
    unsaved: { ...unsaved, position: Math.max(unsaved.position, to) },
  }
}

/** What was read, and what was handled but not saved, is no longer of use. */
export function forgetUnsaved(state: MachineState): MachineState {
  return {
    ...withoutPages(state),
    cohorts: [],
    unsaved: { position: 0, events: 0, parked: [] },
    unsure: [],
    saveDue: false,
    replays: [],
  }
}

/** Nothing is held any more. */
export function ended(state: MachineState, phase: "stopped" | "failed"): MachineState {
  const left = phase === "failed" ? state : forgetUnsaved(state) // where it failed stays to be seen
  return { ...left, phase, held: [], offered: undefined, surplus: [], work: undefined }
}

function withoutPages(state: MachineState): MachineState {
  return {
    ...state,
    epoch: state.epoch + 1,
    page: undefined,
    nextPage: undefined,
    waiting: [],
    trouble: undefined,
    atEnd: false,
    woken: false,
    readAgain: false,
    live: false,
  }
}

function pagePast(page: Page, to: number): Page {
  let { index } = page
  while (index < page.events.length && (page.events[index] as { readonly position: number }).position <= to) {
    index++
  }
  return { ...page, index }
}

function troublePast(trouble: Trouble, to: number): Trouble | undefined {
  if (to >= trouble.until) return undefined
  return to < trouble.from ? trouble : { ...trouble, from: to + 1, attempts: 0, final: undefined }
}

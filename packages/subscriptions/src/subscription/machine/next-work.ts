import { commitOf, fencesOf } from "./commit-of.ts"
import type { MachineAction } from "./machine-action.ts"
import type { MachineSettings, MachineState } from "./machine-state.ts"
import { nextBatch } from "./next-batch.ts"
import { ended, forgetUnsaved, hasUnsaved, movePast } from "./progress.ts"

/** Chooses what to do next, as long as nothing is under way. */
export function nextWork(
  settings: MachineSettings,
  given: MachineState,
  actions: MachineAction[],
): MachineState {
  let state = given
  while (state.work === undefined) {
    const next = step(settings, state, actions)
    if (next === state) return state
    state = next
  }
  return state
}

function step(settings: MachineSettings, state: MachineState, actions: MachineAction[]): MachineState {
  if (state.phase !== "running") return windUp(state, actions)
  if (isExhausted(state)) return turnPage(state)
  if (state.backoff?.of === "everything") return state
  if (state.offered !== undefined || state.surplus.length > 0) {
    return hasUnsaved(state) ? save(state, actions) : changeHands(state, actions)
  }
  if (state.held.length === 0) return state
  if (state.paused) return hasUnsaved(state) ? save(state, actions) : state
  if (state.cohorts.length === 0) return load(state, actions)
  if (isSaveDue(state)) return save(state, actions)
  if (state.backoff !== undefined) return state
  if (isReplayDue(state)) return hasUnsaved(state) ? save(state, actions) : replay(state, actions)
  if (state.lookDue) return hasUnsaved(state) ? save(state, actions) : look(state, actions)
  return nextBatch(settings, state, actions)
}

/** A last save, and the end. */
function windUp(state: MachineState, actions: MachineAction[]): MachineState {
  if (state.phase === "stopped" || state.phase === "failed") return state
  if (hasUnsaved(state)) return save(state, actions)
  actions.push({ type: "settle", failure: state.failure })
  return ended(state, state.phase === "failing" ? "failed" : "stopped")
}

function isExhausted({ page }: MachineState): boolean {
  return page !== undefined && page.index >= page.events.length
}

/** Also a page in which nothing matched is progress. */
function turnPage(state: MachineState): MachineState {
  const moved = movePast(state, state.page?.scannedTo ?? 0)
  const isLast = state.nextPage === undefined
  return {
    ...moved,
    page: state.nextPage,
    nextPage: undefined,
    atEnd: state.atEnd && !(isLast && state.readAgain),
    readAgain: !isLast && state.readAgain,
  }
}

function isSaveDue(state: MachineState): boolean {
  if (!hasUnsaved(state)) return false
  const ahead = state.cohorts[1]
  return state.saveDue || (ahead !== undefined && state.unsaved.position >= ahead.position)
}

/** Nothing is under way or unsaved: slots come and go now. */
function changeHands(state: MachineState, actions: MachineAction[]): MachineState {
  const { offered, surplus } = state
  const keeps = (offered ?? state.held).filter(({ resource }) => !surplus.includes(resource))
  if (surplus.length > 0) actions.push({ type: "release", resources: surplus })
  return { ...forgetUnsaved(state), held: keeps, offered: undefined, surplus: [], parked: new Set() }
}

/** Many entries take many turns, with live events in between. */
function isReplayDue({ replays, replayTurn, page }: MachineState): boolean {
  return replays.length > 0 && (replayTurn || page === undefined)
}

function load(state: MachineState, actions: MachineAction[]): MachineState {
  actions.push({ type: "load", held: state.held })
  return { ...state, work: "load" }
}

function save(state: MachineState, actions: MachineAction[]): MachineState {
  const to = state.unsaved.position
  actions.push({ type: "save", to, commit: commitOf(state), unsure: state.unsure })
  return { ...state, work: "save", saveDue: false, unsure: [...state.unsure, to] }
}

function replay(state: MachineState, actions: MachineAction[]): MachineState {
  const [stream] = state.replays
  if (stream === undefined) return state
  actions.push({ type: "replay", stream, fences: fencesOf(state) })
  return { ...state, work: "replay" }
}

function look(state: MachineState, actions: MachineAction[]): MachineState {
  actions.push({ type: "look" })
  return { ...state, work: "look" }
}

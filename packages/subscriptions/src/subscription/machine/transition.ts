import { afterConflict, applyFailure, applyStoreFailure } from "./apply-failure.ts"
import { applyHolding } from "./apply-holding.ts"
import { applyParked, applyReplayed } from "./apply-parked.ts"
import { cohortsOf } from "./cohorts.ts"
import type { MachineAction } from "./machine-action.ts"
import type { MachineInput } from "./machine-input.ts"
import type { MachineSettings, MachineState } from "./machine-state.ts"
import { nextRead } from "./next-read.ts"
import { nextWork } from "./next-work.ts"
import { afterHandling, forgetUnsaved, hasUnsaved, withCheckpointAt } from "./progress.ts"

/** The one step of a subscription: what it is after an input, and what is to be done. */
export function transition(
  settings: MachineSettings,
  state: MachineState,
  input: MachineInput,
): readonly [MachineState, readonly MachineAction[]] {
  const actions: MachineAction[] = []
  if (state.phase === "stopped" || state.phase === "failed") return [state, actions]
  const worked = nextWork(settings, apply(settings, state, input, actions), actions)
  const read = nextRead(worked, actions)
  return [scheduleSave(read, actions), actions]
}

function apply(
  settings: MachineSettings,
  state: MachineState,
  input: MachineInput,
  actions: MachineAction[],
): MachineState {
  switch (input.type) {
    case "pause":
      interrupt(state, actions)
      return { ...state, paused: true }
    case "resume":
      return { ...state, paused: false }
    case "stop":
      interrupt(state, actions)
      return { ...withoutBackoff(state, actions), phase: state.phase === "failing" ? "failing" : "stopping" }
    case "woken":
      return { ...state, atEnd: false, woken: true }
    case "look-due":
      return { ...state, lookDue: state.parked.size > 0 }
    case "save-due":
      return { ...state, saveScheduled: false, saveDue: hasUnsaved(state) }
    case "backed-off":
      return { ...state, backoff: undefined }
    case "holding": {
      const next = applyHolding(state, input)
      if (next.offered === undefined && next.surplus.length === 0) return next
      interrupt(state, actions)
      return withoutBackoff(next, actions)
    }
    case "loaded": {
      const cohorts = cohortsOf(state.held, input.checkpoints)
      const position = cohorts[0]?.position ?? 0
      const unsaved = { position, events: 0, parked: [] }
      return applyParked({ ...state, work: undefined, cohorts, unsaved }, input.parked)
    }
    case "page":
      return applyPage(state, input)
    case "handled": {
      const done = { ...state, work: undefined, stumbles: 0 }
      return input.count === 0 ? { ...done, waiting: [] } : afterHandling(settings, done, input)
    }
    case "handler-failed":
      return applyFailure(settings, { ...state, work: undefined }, input, actions)
    case "saved": {
      const { unsaved } = state
      const parked = unsaved.parked.filter(({ position }) => position > input.to)
      const done = { ...state, work: undefined, unsure: [], saveDue: false, stumbles: 0 }
      return withCheckpointAt({ ...done, unsaved: { ...unsaved, events: 0, parked } }, input.to)
    }
    case "replayed":
      return applyReplayed({ ...state, work: undefined, stumbles: 0 }, input.stream, input.left)
    case "replay-failed": {
      const replays = state.replays.filter((stream) => stream !== input.stream)
      return { ...state, work: undefined, replays }
    }
    case "looked":
      return applyParked({ ...state, work: undefined, lookDue: false }, input.parked)
    case "refused": {
      const forgotten = forgetUnsaved({ ...state, work: undefined })
      if (input.why === "conflict") return afterConflict(forgotten, actions)
      actions.push({ type: "renew" })
      return { ...forgotten, held: [], offered: undefined, surplus: [] }
    }
    case "work-failed":
      return applyStoreFailure(settings, { ...state, work: undefined, waiting: [] }, input.error, actions)
    case "read-failed":
      if (input.epoch !== state.epoch) return { ...state, reading: false }
      return applyStoreFailure(settings, { ...state, reading: false }, input.error, actions)
    default:
      return input satisfies never
  }
}

function applyPage(
  state: MachineState,
  { epoch, events, scannedTo, more }: Extract<MachineInput, { readonly type: "page" }>,
): MachineState {
  const done = { ...state, reading: false }
  if (epoch !== state.epoch) return done
  const page = { events, scannedTo, more, index: 0 }
  const pages = state.page === undefined ? { page } : { nextPage: page }
  const readAgain = !more && events.length > 0
  return { ...done, ...pages, stumbles: 0, live: !more, atEnd: !more && !state.woken, readAgain }
}

function interrupt(state: MachineState, actions: MachineAction[]): void {
  if (state.work === "handle" || state.work === "replay") actions.push({ type: "interrupt" })
}

function withoutBackoff(state: MachineState, actions: MachineAction[]): MachineState {
  if (state.backoff === undefined) return state
  actions.push({ type: "end-backoff" })
  return { ...state, backoff: undefined }
}

function scheduleSave(state: MachineState, actions: MachineAction[]): MachineState {
  if (state.saveScheduled || state.saveDue || state.work === "save" || !hasUnsaved(state)) return state
  if (state.phase !== "running") return state
  actions.push({ type: "schedule-save" })
  return { ...state, saveScheduled: true }
}

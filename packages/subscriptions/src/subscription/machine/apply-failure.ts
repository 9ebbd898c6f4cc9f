import { AnnalsError, isAnnalsError } from "@annals/core"
import { isRetryable } from "../../options/check-retry.ts"
import type { MachineAction } from "./machine-action.ts"
import type { MachineInput } from "./machine-input.ts"
import type { Backoff, MachineSettings, MachineState } from "./machine-state.ts"
import { afterHandling } from "./progress.ts"

type HandlerFailed = Extract<MachineInput, { readonly type: "handler-failed" }>

/** The handler threw: the event is tried again, alone, until it is handled or it was the last attempt. */
export function applyFailure(
  settings: MachineSettings,
  before: MachineState,
  { done, culprit, first, last, error, at }: HandlerFailed,
  actions: MachineAction[],
): MachineState {
  const state = done === undefined ? { ...before, waiting: [] } : afterHandling(settings, before, done)
  if (before.phase !== "running") return state
  // Not the event's fault either, but nothing passes it: no event may be parked for it.
  if (isAnnalsError(error, "PROJECTION_SUPERSEDED")) {
    return { ...state, cohorts: [], phase: "failing", failure: error }
  }
  if (settings.isPassing(error)) return stumble(state, error, "handling", actions)
  if (culprit === undefined) {
    const trouble = { from: first, until: last, attempts: 0, final: undefined }
    return backOff({ ...state, trouble }, 1, error, "handling", actions)
  }
  const { trouble } = state
  const attempts = (trouble?.from === culprit ? trouble.attempts : 0) + 1
  const until = Math.max(culprit, trouble?.until ?? culprit)
  const isFinal = attempts >= settings.attempts || settings.isPermanent(error)
  const final = isFinal ? { error, at } : undefined
  const next = { ...state, trouble: { from: culprit, until, attempts, final } }
  return isFinal ? next : backOff(next, attempts, error, "handling", actions)
}

/** The store failed: no event's fault. What may pass is waited for without an end, anything else a few times. */
export function applyStoreFailure(
  settings: MachineSettings,
  state: MachineState,
  error: unknown,
  actions: MachineAction[],
): MachineState {
  if (state.phase !== "running") return { ...state, cohorts: [] } // what can't be saved now is handled again later
  const isOver =
    isAnnalsError(error, "CLOSED") || (!isRetryable(error) && state.stumbles + 1 >= settings.attempts)
  if (isOver) return { ...state, cohorts: [], phase: "failing", failure: error }
  return stumble(state, error, "everything", actions)
}

/** The first time it loads the checkpoint again at once; whoever else moves it again and again is not raced. */
export function afterConflict(state: MachineState, actions: MachineAction[]): MachineState {
  const conflicts = state.conflicts + 1
  const next = { ...state, conflicts }
  if (conflicts === 1) return next
  const conflict = new AnnalsError("CHECKPOINT_CONFLICT", "the checkpoint was moved by somebody else")
  return backOff(next, conflicts, conflict, "everything", actions)
}

function stumble(
  state: MachineState,
  error: unknown,
  of: Backoff["of"],
  actions: MachineAction[],
): MachineState {
  const stumbles = state.stumbles + 1
  return backOff({ ...state, stumbles }, stumbles, error, of, actions)
}

function backOff(
  state: MachineState,
  attempts: number,
  reason: unknown,
  of: Backoff["of"],
  actions: MachineAction[],
): MachineState {
  if (state.backoff === undefined) actions.push({ type: "back-off", attempts, reason })
  return { ...state, backoff: { of: state.backoff?.of === "everything" ? "everything" : of } }
}

import { slotCount } from "@annals/core"
import type { MachineInput } from "../machine/machine-input.ts"
import type { MachineState, PageEvent } from "../machine/machine-state.ts"
import { hasUnsaved } from "../machine/progress.ts"
import type { SubscriptionState } from "../subscription.ts"

/** How a machine's state is called in a status. */
export function stateOf(state: MachineState): SubscriptionState {
  switch (state.phase) {
    case "stopped":
    case "failed":
      return state.phase
    case "stopping":
    case "failing":
      return "stopping"
    case "running":
      return runningState(state)
    default:
      return state.phase satisfies never
  }
}

function runningState(state: MachineState): SubscriptionState {
  if (state.paused) return "paused"
  if (state.backoff !== undefined) return "retrying"
  if (state.held.length === 0) return "standing-by"
  return state.live ? "live" : "catching-up"
}

/** Everything up to here is handled, or parked for everyone to see, in the slots that are held; `undefined`: none are, or it isn't known yet. */
export function handledPosition({ cohorts, unsaved }: MachineState): number | undefined {
  if (cohorts.length === 0) return undefined
  const [waiting] = unsaved.parked
  return waiting === undefined ? unsaved.position : Math.min(unsaved.position, waiting.position - 1)
}

/**
 * The next event to be handled; `"none"`: the log is handled up to its end, or is for others to handle; `undefined`: not known at the moment, and what it was
 * stays true enough.
 */
export function nextToHandle({
  phase,
  held,
  page,
  nextPage,
  atEnd,
}: MachineState): PageEvent | "none" | undefined {
  if (phase !== "running") return undefined
  if (held.length === 0) return "none"
  return page?.events[page.index] ?? nextPage?.events[0] ?? (atEnd ? "none" : undefined)
}

export function heldSlotCount({ held }: MachineState): number {
  return held.reduce((count, { slots }) => count + slots.last - slots.first + 1, 0)
}

/** Whether no other instance has anything to say about how far the subscription is. */
export function holdsAll(state: MachineState): boolean {
  return heldSlotCount(state) === slotCount
}

/** Everything up to the end of the log is handled and saved. */
export function isCaughtUp(state: MachineState): boolean {
  const isIdle = state.phase === "running" && state.work === undefined && !state.reading
  return isIdle && state.live && state.page === undefined && state.cohorts.length > 0 && !hasUnsaved(state)
}

/** A read that was broken off, because slots changed hands, failed by no fault of anybody. */
export function isOutdated(input: MachineInput, { epoch }: MachineState): boolean {
  return input.type === "read-failed" && input.epoch !== epoch
}

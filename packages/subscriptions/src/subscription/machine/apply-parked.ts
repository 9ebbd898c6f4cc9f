import { type ParkedStream, type StreamKey, streamName } from "@annals/core"
import type { HeldSlots } from "../../sharing/membership.ts"
import type { MachineState } from "./machine-state.ts"

/** Takes over which streams are parked, as the store has it; those requeued are to be replayed. */
export function applyParked(state: MachineState, parked: readonly ParkedStream[]): MachineState {
  const own = parked.filter(({ slot }) => holdsSlot(state.held, slot))
  return {
    ...state,
    parked: new Set(own.map(({ stream }) => streamName(stream))),
    replays: own.filter(({ status }) => status === "requeued").map(({ stream }) => stream),
  }
}

/** What is left of a stream waits for the others' turns. */
export function applyReplayed(state: MachineState, stream: StreamKey, left: boolean): MachineState {
  const others = state.replays.filter((other) => other !== stream)
  if (left) return { ...state, replays: [...others, stream], replayTurn: false }
  const parked = new Set(state.parked)
  parked.delete(streamName(stream))
  return { ...state, replays: others, parked }
}

function holdsSlot(held: readonly HeldSlots[], slot: number): boolean {
  return held.some(({ slots }) => slots.first <= slot && slot <= slots.last)
}

import type { Checkpoint, ParkedStream, StreamKey } from "@annals/core"
import type { HeldSlots } from "../../sharing/membership.ts"
import type { PageEvent } from "./machine-state.ts"

/** What can happen to a subscription. */
export type MachineInput =
  | { readonly type: "pause" | "resume" | "stop" }
  /** There may be something new to read. */
  | { readonly type: "woken" }
  /** Somebody may have requeued a parked stream. */
  | { readonly type: "look-due" }
  | { readonly type: "save-due" }
  | { readonly type: "backed-off" }
  /** What this instance holds, and what of that it should give up. */
  | {
      readonly type: "holding"
      readonly held: readonly HeldSlots[]
      readonly surplus: readonly string[]
    }
  | {
      readonly type: "loaded"
      readonly checkpoints: readonly Checkpoint[]
      readonly parked: readonly ParkedStream[]
    }
  | {
      readonly type: "page"
      readonly epoch: number
      readonly events: readonly PageEvent[]
      readonly scannedTo: number
      readonly more: boolean
    }
  /** Everything up to `to`: so many events. */
  | { readonly type: "handled"; readonly count: number; readonly to: number }
  /**
   * The handler threw. `done` is what was handled before; `culprit` the position of the event that failed, `undefined` if it may be any
   * from `first` to `last`.
   */
  | {
      readonly type: "handler-failed"
      readonly done: { readonly count: number; readonly to: number } | undefined
      readonly first: number
      readonly last: number
      readonly culprit: number | undefined
      readonly error: unknown
      /** Epoch milliseconds. */
      readonly at: number
    }
  | { readonly type: "saved"; readonly to: number }
  /** `left`: some entries are still there, requeued. */
  | { readonly type: "replayed"; readonly stream: StreamKey; readonly left: boolean }
  /** It failed again, and stays parked. */
  | { readonly type: "replay-failed"; readonly stream: StreamKey }
  | { readonly type: "looked"; readonly parked: readonly ParkedStream[] }
  /** The checkpoint isn't where it should be, or the lease is somebody else's: nothing was committed. */
  | { readonly type: "refused"; readonly why: "conflict" | "fenced" }
  /** The work came to nothing because of the store. */
  | { readonly type: "work-failed"; readonly error: unknown }
  | { readonly type: "read-failed"; readonly epoch: number; readonly error: unknown }

import type { Fence, NewDeadLetter, RecordedEvent, SlotRange, StreamKey } from "@annals/core"
import type { HeldSlots } from "../../sharing/membership.ts"

/** What the machine wants done. Each of `load`, `handle`, `save`, `replay`, `look` and `read` is answered by an input. */
export type MachineAction =
  | LoadAction
  | ReadAction
  | HandleAction
  | SaveAction
  | ReplayAction
  | LookAction
  /** These resources may be given to other instances: nothing of them is under way. */
  | { readonly type: "release"; readonly resources: readonly string[] }
  /** Ask for the leases anew. */
  | { readonly type: "renew" }
  /** Answered by `backed-off`, unless `end-backoff` comes before. */
  | { readonly type: "back-off"; readonly attempts: number; readonly reason: unknown }
  | { readonly type: "end-backoff" }
  /** Answered by `save-due`. */
  | { readonly type: "schedule-save" }
  /** The handler that runs should be the last one of its batch. */
  | { readonly type: "interrupt" }
  | { readonly type: "tell-parked"; readonly entry: NewDeadLetter; readonly error: unknown }
  | { readonly type: "tell-unreadable"; readonly error: unknown }
  | { readonly type: "settle"; readonly failure: unknown }

export interface LoadAction {
  readonly type: "load"
  readonly held: readonly HeldSlots[]
}

export interface ReadAction {
  readonly type: "read"
  readonly epoch: number
  /** `undefined`: all. */
  readonly slots: readonly SlotRange[] | undefined
  readonly after: number
  readonly until: number | undefined
}

export interface HandleAction {
  readonly type: "handle"
  readonly events: readonly RecordedEvent[]
  readonly attempt: number
  /** Where the checkpoint is when all of them are handled. */
  readonly to: number
  /** For a transactional handler: what commits with it. Of the entries only those up to where it got. */
  readonly commit: Commit
}

export interface SaveAction {
  readonly type: "save"
  readonly to: number
  readonly commit: Commit
  /** Where the checkpoint may be instead of `commit.from`: earlier saves were to get there, and their answers were lost. */
  readonly unsure: readonly number[]
}

/** A move of the checkpoint from where it is saved, with what is parked on the way. */
export interface Commit {
  readonly slots: readonly SlotRange[]
  readonly from: number
  readonly fences: readonly Fence[]
  readonly parked: readonly NewDeadLetter[]
}

export interface ReplayAction {
  readonly type: "replay"
  readonly stream: StreamKey
  readonly fences: readonly Fence[]
}

export interface LookAction {
  readonly type: "look"
}

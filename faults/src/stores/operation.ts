import type { EventFilter, StreamId } from "@annals/core"

/**
 * What a writer does in one step:
 *
 * - `note`: appends to one of the streams that all writers share, whatever its version
 * - `transfer`: appends to several streams at once
 * - `count`: appends to a shared stream at exactly the version that it has just read, again and again until nobody was faster
 * - `booking`: appends on the condition that nobody has taken the same seat; may be refused
 * - `tally`: appends in a unit of work that also advances a checkpoint, saves a read model and leaves a message to be sent
 * - `tally-before`: the same by the hook of the append
 */
export type OperationKind = "note" | "transfer" | "count" | "booking" | "tally" | "tally-before"

/** A step of a writer, with everything decided: done again, it is the same append. */
export interface Operation {
  /** Unique in a round: `w0.1.7` is step 7 of lane 1 of writer `w0`. */
  readonly name: string
  readonly kind: OperationKind
  readonly appends: readonly PlannedAppend[]
}

export interface PlannedAppend {
  readonly stream: StreamId
  readonly events: readonly PlannedEvent[]
}

export interface PlannedEvent {
  readonly id: string
  readonly type: string
  readonly tags: readonly string[]
  /** Says again whose event it is, for whoever would record it under another id. */
  readonly fact: string
  /** How many characters of data go with it. */
  readonly filling: number
}

/** What is stored as an event's data. */
export interface FactData {
  readonly fact: string
  readonly filling: string
  /** The version that a `count` read before it appended. */
  readonly readVersion?: number
}

/** How an operation came out. */
export type Answer =
  | { readonly outcome: "acknowledged"; readonly positions: readonly number[] }
  /** A condition forbade it: nothing may be stored. */
  | { readonly outcome: "refused" }

/** Where a writer waits for its fault; `at-commit` it doesn't: the server keeps its commit until the fault has struck. */
export type Moment = "in-transaction" | "at-commit" | "after-commit"

/** Which events a reader asks for. */
export type ReaderFilter = Pick<EventFilter, "types" | "categories" | "tags">

/** The one row, the one checkpoint and the one queue that all units of work write. */
export const tally = { model: "tally", id: "all", subscription: "tally", topic: "tally" } as const

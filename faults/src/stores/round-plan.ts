import type { Moment, Operation, ReaderFilter } from "./operation.ts"

/** Everything that one round does and suffers, as its seed decides. Faults strike at points in the work, never at times. */
export interface RoundPlan {
  readonly writers: readonly WriterPlan[]
  readonly readers: readonly ReaderPlan[]
  readonly siteFaults: readonly SiteFault[]
}

export interface WriterPlan {
  readonly name: string
  /** Lanes run at the same time in one process, each a step at a time, so that appends share commits. */
  readonly lanes: readonly (readonly Operation[])[]
  readonly faults: readonly WriterFault[]
  /** It begins when another writer is stopped in this operation: what it appends comes after what that one holds. */
  readonly startsAtStopOf?: string
}

/**
 * - `kill-at-start`: when it is about to open the store, maybe the first of all
 * - `kill-after-answers`: when so many of its operations are settled, in the middle of whatever comes next
 * - `kill-in-transaction`: while the operation's transaction is open, with everything written and nothing committed
 * - `kill-after-commit`: when the operation is committed, and nobody knows
 * - `stop-in-transaction`: frozen with an append in flight until everybody else has got as far as they can, or far enough
 *
 * and, where a server stands between the writer and its events:
 *
 * - `terminate-after-answers`: as `kill-after-answers`, but what ends is its connections
 * - `terminate-in-transaction`: the server ends the connection of the operation's open transaction
 * - `terminate-at-commit`: the server ends the connection when it has committed, and before it says so
 * - `lose-answer`: the connection breaks under the answer to the operation, an append that isn't in a unit of work
 * - `kill-server-in-transaction`: the server is killed while the operation's transaction is open, and started again
 * - `kill-server-at-commit`: the server is killed when it has committed, and before it says so
 *
 * A writer that is killed is started again, and begins with what it has no answer for. One that `abandons` never asks about it again.
 */
export type WriterFault =
  | { readonly kind: "kill-at-start" }
  | {
      readonly kind: "kill-after-answers" | "terminate-after-answers"
      readonly answers: number
      readonly abandons: boolean
    }
  | { readonly kind: PausingFaultKind; readonly operation: string; readonly abandons: boolean }
  | { readonly kind: "lose-answer"; readonly operation: string }

export type PausingFaultKind =
  | "kill-in-transaction"
  | "kill-after-commit"
  | "stop-in-transaction"
  | ConnectionFaultKind

/** What befalls the connection of one operation, and not its process. */
export type ConnectionFaultKind =
  | "terminate-in-transaction"
  | "terminate-at-commit"
  | "kill-server-in-transaction"
  | "kill-server-at-commit"

/** Where the operation of a fault has to wait for it. */
export const momentOf: Readonly<Record<PausingFaultKind, Moment>> = {
  "kill-in-transaction": "in-transaction",
  "kill-after-commit": "after-commit",
  "stop-in-transaction": "in-transaction",
  "terminate-in-transaction": "in-transaction",
  "terminate-at-commit": "at-commit",
  "kill-server-in-transaction": "in-transaction",
  "kill-server-at-commit": "at-commit",
}

export interface ReaderPlan {
  readonly name: string
  readonly pageSize: number
  readonly filter: ReaderFilter
  readonly faults: readonly ReaderFault[]
}

/** When it has seen so many events. One that is stopped goes on when others have written meanwhile. */
export interface ReaderFault {
  readonly kind: "kill" | "stop"
  readonly afterEvents: number
}

/** The server is killed, with everything that it does for anybody, when all writers together have settled so many operations. */
export interface SiteFault {
  readonly kind: "kill-server"
  readonly answers: number
}

/** Whether a reader with this filter asks for an event. */
export function matchesFilter(
  filter: ReaderFilter,
  category: string,
  type: string,
  tags: readonly string[],
): boolean {
  return (
    (filter.categories?.includes(category) ?? true) &&
    (filter.types?.includes(type) ?? true) &&
    (filter.tags?.every((tag) => tags.includes(tag)) ?? true)
  )
}

import type { CallRecord } from "./calls.ts"
import type { Effect } from "./effects.ts"
import type { PlannedEvent, Poison } from "./round-plan.ts"
import type { PutAside } from "./settle.ts"

/** What a round published, and what came of it: everything that the check compares. */
export interface BusRecord {
  /** All of them are acknowledged, those of a stream in their order. */
  readonly published: readonly PlannedEvent[]
  /** In the order in which they happened. */
  readonly effects: readonly Effect[]
  readonly calls: readonly CallRecord[]
  /** Whatever a group couldn't take for some time. */
  readonly poison: readonly Poison[]
  /** What of that hadn't been repaired when everything else was handled. */
  readonly unrepaired: readonly Poison[]
  /** What was put aside then. */
  readonly putAside: PutAside
  /** Whether nothing has happened that allows a bus to hand out an event again that was handled. */
  readonly quiet: boolean
}

import type { Appender } from "../../postgres/ledgers/ledger.ts"

/** What can hand all deposits to a handler. */
export interface Follower extends Appender {
  /** Handles events from the first on, as if it had never done so. Returns how many, when it has come to the end, or to where it has to stop. */
  catchUp(): Promise<number>
}

import type { Appender } from "../../postgres/ledgers/ledger.ts"

/** What can hand all deposits to a handler. */
export interface Follower extends Appender {
  /** Handles events from the first on, as if it had never done so, to the end, or to where it has to stop. */
  catchUp(): Promise<CaughtUp>
}

/** How a catching up came out. */
export interface CaughtUp {
  /** How many events. */
  readonly handled: number
  /** Ends what would go on, which isn't measured. */
  end?(): Promise<void>
}

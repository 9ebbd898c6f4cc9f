import type { Balance } from "../../deposits/balance.ts"
import type { Deposit } from "../../deposits/deposit.ts"

/** What can append to streams of deposits, one for each account. */
export interface Appender extends AsyncDisposable {
  /** Appends to one account, durably. `expected`: the version that its stream must be at. */
  append(account: string, deposits: readonly Deposit[], expected: number): Promise<void>
}

/** What can read all deposits as well. */
export interface Ledger extends Appender {
  /** Reads every event, with everything in it, in order. */
  readAll(): Promise<Balance>
}

/** What can append under a condition. */
export interface ConditionalAppender extends AsyncDisposable {
  /** Appends a deposit unless one to this account was recorded after the position; returns that of the new one. */
  appendAfter(account: string, deposit: Deposit, position: number): Promise<number>
}

/** Opens a contestant on a new, empty database. */
export type Open<Kind> = (url: string) => Promise<Kind>

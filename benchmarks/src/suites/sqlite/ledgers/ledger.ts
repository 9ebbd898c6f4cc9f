import type { Balance } from "../../deposits/balance.ts"
import type { Deposit } from "../../deposits/deposit.ts"

/** What a contestant can do with a file of deposits, one stream for each account. */
export interface Ledger extends AsyncDisposable {
  /** Appends to one account, durably. `expected`: the version that its stream must be at. */
  append(account: string, deposits: readonly Deposit[], expected?: number): Promise<void>
  /** Appends to several accounts in one durable transaction. */
  appendToAccounts(deposits: ReadonlyMap<string, readonly Deposit[]>): Promise<void>
  /** Reads an account's stream, with everything in it, and folds it. */
  load(account: string): Promise<Balance>
  /** Reads every event, with everything in it, in order. */
  readAll(): Promise<Balance>
}

/** Opens a new, empty file. */
export type CreateLedger = (file: string) => Promise<Ledger>

import { perSecond } from "../../harness/time.ts"
import { accountName } from "../deposits/account-name.ts"
import { type Deposit, depositOf } from "../deposits/deposit.ts"
import type { Appender } from "./ledgers/ledger.ts"

/** How appends come. */
export interface AppendSequence {
  /** How many append at a time, each to a stream of its own and each one append after the other. */
  readonly callers: number
  /** Appends of each caller in a turn. */
  readonly appends: number
  /** Events in one append. */
  readonly events: number
}

/** A turn's work, at expected versions; each turn goes on where the one before ended. */
export function appendSequence(
  appender: Appender,
  { callers, appends, events }: AppendSequence,
): () => Promise<number> {
  let version = 0
  const call = async (account: string) => {
    for (let at = version; at < version + appends * events; at += events) {
      await appender.append(account, depositsOf(account, at, events), at)
    }
  }
  return async () => {
    const rate = await perSecond(callers * appends * events, async () => {
      await Promise.all(Array.from({ length: callers }, (_, index) => call(accountName(index))))
    })
    version += appends * events
    return rate
  }
}

/** So many deposits to an account, from this number on. */
export function depositsOf(account: string, first: number, count: number): Deposit[] {
  return Array.from({ length: count }, (_, index) => depositOf(first + index, account))
}

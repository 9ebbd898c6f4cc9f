import { accountName } from "../deposits/account-name.ts"
import { type Deposit, depositOf } from "../deposits/deposit.ts"
import type { Ledger } from "./ledgers/ledger.ts"
import type { SqliteParameters } from "./sqlite-parameters.ts"

/** Appends `count` deposits to one account, a page at a time. */
export async function fillAccount(
  ledger: Ledger,
  account: string,
  count: number,
  { pageEvents }: Pick<SqliteParameters, "pageEvents">,
): Promise<void> {
  for (let number = 0; number < count; number += pageEvents) {
    await ledger.append(account, page(account, number, Math.min(pageEvents, count - number)), number)
  }
}

/** Appends `count` deposits to as many accounts as parameters say, a page at a time. */
export async function fillAccounts(
  ledger: Ledger,
  count: number,
  { pageEvents, eventsPerStream }: Pick<SqliteParameters, "pageEvents" | "eventsPerStream">,
): Promise<void> {
  for (let start = 0; start < count; start += pageEvents) {
    const accounts = new Map<string, readonly Deposit[]>()
    for (let number = start; number < Math.min(start + pageEvents, count); number += eventsPerStream) {
      const account = accountName(number / eventsPerStream)
      accounts.set(account, page(account, number, Math.min(eventsPerStream, count - number)))
    }
    await ledger.appendToAccounts(accounts)
  }
}

function page(account: string, first: number, count: number): Deposit[] {
  return Array.from({ length: count }, (_, index) => depositOf(first + index, account))
}

import { accountName } from "../deposits/account-name.ts"
import { depositsOf } from "./append-sequence.ts"
import type { AnnalsLedger } from "./ledgers/annals-ledger.ts"

const pageEvents = 5000
/** While one page is on its way, the next is made. */
const pagesAtATime = 2

/** Appends `count` deposits to as many accounts as that makes, pages of whole accounts at a time. */
export async function fillAccounts(
  ledger: AnnalsLedger,
  count: number,
  eventsPerStream: number,
): Promise<void> {
  const accounts = Math.ceil(count / eventsPerStream)
  const accountsPerPage = Math.ceil(pageEvents / eventsPerStream)
  let next = 0
  const fill = async () => {
    while (next < accounts) {
      const first = next
      next += accountsPerPage
      await ledger.appendToAccounts(page(first, Math.min(next, accounts), eventsPerStream))
    }
  }
  await Promise.all(Array.from({ length: pagesAtATime }, fill))
}

function page(first: number, end: number, events: number) {
  const names = Array.from({ length: end - first }, (_, index) => accountName(first + index))
  return new Map(names.map((name, index) => [name, depositsOf(name, (first + index) * events, events)]))
}

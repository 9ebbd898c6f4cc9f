import { BareEventFile } from "../../../bare/bare-event-file.ts"
import type { PlainAppend, PlainEvent, PlainRecorded } from "../../../bare/plain-event.ts"
import type { Balance } from "../../deposits/balance.ts"
import { addDeposit, emptyBalance } from "../../deposits/balance.ts"
import { type Deposit, metadataOf, tagsOf } from "../../deposits/deposit.ts"
import type { Ledger } from "./ledger.ts"

const category = "account"

/** The same work and the same guarantees, written by hand on `node:sqlite`. */
export async function createBareLedger(file: string): Promise<Ledger> {
  const events = new BareEventFile(file)
  return {
    append: async (account, deposits, expected) => {
      events.append([appendOf(account, deposits, expected)])
    },
    appendToAccounts: async (deposits) => {
      const appends = [...deposits].map(([account, those]) => appendOf(account, those, undefined))
      events.append(appends)
    },
    load: async (account) => fold(events.readStream(category, account)),
    readAll: async () => fold(events.readAll()),
    [Symbol.asyncDispose]: async () => events[Symbol.dispose](),
  }
}

function appendOf(account: string, deposits: readonly Deposit[], expected: number | undefined): PlainAppend {
  return { category, id: account, expected, events: deposits.map(eventOf) }
}

function eventOf(deposit: Deposit): PlainEvent {
  return { type: "deposited", data: deposit, metadata: metadataOf(deposit), tags: tagsOf(deposit) }
}

function fold(pages: Iterable<PlainRecorded[]>): Balance {
  let balance = emptyBalance
  for (const page of pages) {
    for (const event of page) balance = addDeposit(balance, event.data as Deposit)
  }
  return balance
}

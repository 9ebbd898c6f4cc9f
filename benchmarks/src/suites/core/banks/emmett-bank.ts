import { CommandHandler, type Event, type EventStore } from "@event-driven-io/emmett"
import type { Account, Bank } from "./bank.ts"

type AccountEvent = Event<"opened", { owner: string }> | Event<"deposited", { cents: number }>

const handle = CommandHandler<Account, AccountEvent>({
  initialState: () => ({ cents: 0 }),
  evolve: (account, event) =>
    event.type === "deposited" ? { cents: account.cents + event.data.cents } : account,
})

export function createEmmettBank(store: EventStore): Bank {
  return {
    open: async (id, owner) => void (await handle(store, id, () => ({ type: "opened", data: { owner } }))),
    deposit: async (id, cents) =>
      void (await handle(store, id, () => ({ type: "deposited", data: { cents } }))),
  }
}

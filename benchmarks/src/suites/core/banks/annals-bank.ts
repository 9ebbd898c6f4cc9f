import { createRepository, defineDecider, defineEvent, type EventStore } from "@annals/core"
import * as z from "zod"
import type { Account, Bank } from "./bank.ts"

const opened = defineEvent("opened", z.object({ owner: z.string() }))
const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))

const account = defineDecider("account", {
  events: [opened, deposited],
  initial: (): Account => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
  },
})

export function createAnnalsBank(store: EventStore): Bank {
  const accounts = createRepository(store, account)
  return {
    open: async (id, owner) => void (await accounts.execute(id, "open", { owner })),
    deposit: async (id, cents) => void (await accounts.execute(id, "deposit", { cents })),
  }
}

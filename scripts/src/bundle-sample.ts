// The sample whose bundle size is limited: the README's bank account, with all that a first application uses of core.
import { createRepository, defineDecider, defineEvent, refuse } from "@annals/core"
import { createSqliteStore } from "@annals/store-sqlite"
import * as z from "zod"

const opened = defineEvent("opened", z.object({ owner: z.string() }))
const deposited = defineEvent("deposited", z.object({ cents: z.int().positive() }))
const withdrawn = defineEvent("withdrawn", z.object({ cents: z.int().positive() }))

const account = defineDecider("account", {
  events: [opened, deposited, withdrawn],
  initial: () => ({ cents: 0 }),
  evolve: {
    opened: (state) => state,
    deposited: (state, { data }) => ({ cents: state.cents + data.cents }),
    withdrawn: (state, { data }) => ({ cents: state.cents - data.cents }),
  },
  decide: {
    open: (_state, { owner }: { owner: string }) => opened({ owner }),
    deposit: (_state, { cents }: { cents: number }) => deposited({ cents }),
    withdraw: (state, { cents }: { cents: number }) =>
      state.cents < cents ? refuse("insufficient-funds", { available: state.cents }) : withdrawn({ cents }),
  },
})

await using store = createSqliteStore({ file: ":memory:" })
const accounts = createRepository(store, account)

await accounts.execute("alice", "open", { owner: "Alice" })
await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: "first-deposit" })
const { state, version } = await accounts.load("alice")
console.log(state.cents, version)

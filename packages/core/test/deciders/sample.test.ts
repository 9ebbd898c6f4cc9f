import { createMemoryStore, createRepository, defineDecider, defineEvent, refuse } from "@annals/core"
import { expect, it } from "vitest"
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

it("runs the sample of the design as it is written there", async () => {
  const request = { id: "4711" }
  await using store = createMemoryStore()
  const accounts = createRepository(store, account)

  await accounts.execute("alice", "open", { owner: "Alice" })
  await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: request.id })
  await accounts.execute("alice", "deposit", { cents: 500 }, { commandId: request.id })
  const { state, version } = await accounts.load("alice")

  expect(state).toEqual({ cents: 500 })
  expect(version).toBe(2)
  await expect(accounts.execute("alice", "withdraw", { cents: 501 })).rejects.toMatchObject({
    code: "COMMAND_REFUSED",
    reason: "insufficient-funds",
    details: { available: 500 },
  })
})

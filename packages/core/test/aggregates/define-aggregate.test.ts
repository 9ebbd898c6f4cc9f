import { createMemoryStore, createRepository, defineAggregate, newEventsOf, refuse } from "@annals/core"
import { describe, expect, it } from "vitest"
import { bankEvents, deposited, opened, withdrawn } from "./bank.ts"

const account = defineAggregate("account", {
  events: bankEvents,
  initial: () => ({ owner: "", cents: 0, movements: [] as number[] }),
  on: {
    opened: (state, { data }) => {
      state.owner = data.owner
    },
    deposited: (state, { data }) => {
      state.cents += data.cents
      state.movements.push(data.cents)
    },
    withdrawn: (state, { data }) => ({
      ...state,
      cents: state.cents - data.cents,
      movements: [...state.movements, -data.cents],
    }),
  },
  commands: {
    open: (self, { owner }: { owner: string }) => self.raise(opened({ owner })),
    deposit: (self, { cents }: { cents: number }) => self.raise(deposited({ cents })),
    withdraw: (self, { cents }: { cents: number }) =>
      self.state.cents < cents
        ? refuse("insufficient-funds", { available: self.state.cents })
        : self.raise(withdrawn({ cents })),
    empty: (self) => {
      while (self.state.cents > 0) self.raise(withdrawn({ cents: Math.min(100, self.state.cents) }))
    },
  },
})

const declaredByParts = defineAggregate("account", {
  events: [deposited],
  initial: () => ({ cents: 0 }),
  on: { deposited: (state, { data }) => ({ cents: state.cents + data.cents }) },
  commands: {
    deposit: ({ raise }, { cents }: { cents: number }) => raise(deposited({ cents })),
    double: ({ state, raise }) => raise(deposited({ cents: state.cents })),
  },
})

describe("a declared aggregate", () => {
  it("has handlers that change the state or return another", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "open", { owner: "Alice" })
    await accounts.execute("alice", "deposit", { cents: 250 })
    const { state, version } = await accounts.execute("alice", "withdraw", { cents: 50 })
    expect(state).toEqual({ owner: "Alice", cents: 200, movements: [250, -50] })
    expect(version).toBe(3)
    expect((await accounts.load("alice")).state).toEqual(state)
  })

  it("may be taken apart by a command", async () => {
    const accounts = createRepository(createMemoryStore(), declaredByParts)
    await accounts.execute("alice", "deposit", { cents: 5 })
    expect(await accounts.execute("alice", "double")).toMatchObject({ state: { cents: 10 }, version: 2 })
  })

  it("shows a command what it raised before", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await accounts.execute("alice", "deposit", { cents: 250 })
    const { events } = await accounts.execute("alice", "empty")
    expect(events.map(({ data }) => data)).toEqual([{ cents: 100 }, { cents: 100 }, { cents: 50 }])
  })

  it("refuses by returning a refusal", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    await expect(accounts.execute("alice", "withdraw", { cents: 1 })).rejects.toMatchObject({
      code: "COMMAND_REFUSED",
      reason: "insufficient-funds",
      details: { available: 0 },
    })
    expect(await accounts.exists("alice")).toBe(false)
  })

  it("executes several commands on a loaded aggregate, and records them with one save", async () => {
    const accounts = createRepository(createMemoryStore(), account)
    const alice = accounts.create("alice")
    alice.execute("open", { owner: "Alice" })
    alice.execute("deposit", { cents: 500 })
    expect(newEventsOf(alice).map((event) => event.type)).toEqual(["opened", "deposited"])
    expect(alice.version).toBe(0)
    const { version } = await accounts.save(alice)
    expect([version, alice.version, alice.state.cents]).toEqual([2, 2, 500])
    expect(newEventsOf(alice)).toEqual([])
  })

  it("decides without a store, and leaves the state that it is given alone", () => {
    const state = { owner: "Alice", cents: 250, movements: [] }
    expect(account.decide(state, "empty")).toHaveLength(3)
    expect(account.decide(state, "withdraw", { cents: 300 })).toMatchObject({ reason: "insufficient-funds" })
    expect(state.cents).toBe(250)
  })

  it("isn't shared with whoever changed a state that came from the cache", async () => {
    const accounts = createRepository(createMemoryStore(), account, { cache: {} })
    await accounts.execute("alice", "deposit", { cents: 250 })
    const first = await accounts.load("alice")
    first.execute("empty")
    first.state.movements.push(1)
    const second = await accounts.load("alice")
    expect(second.state).toEqual({ owner: "", cents: 250, movements: [250] })
  })
})

import {
  createMemoryStore,
  defineCategory,
  defineEvent,
  defineProjection,
  foldProjection,
  type,
} from "@annals/core"
import { describe, expect, it } from "vitest"

const deposited = defineEvent("deposited", type<{ readonly cents: number }>(), { formerNames: ["paid-in"] })
const withdrawn = defineEvent("withdrawn", type<{ readonly cents: number }>())
const renamed = defineEvent("renamed", type<{ readonly owner: string }>())
const accounts = defineCategory("account", [deposited, withdrawn, renamed])

const totals = defineProjection("totals", {
  events: [deposited, withdrawn, renamed],
  initial: () => ({ cents: 0, byAccount: new Map<string, number>() }),
  on: {
    deposited: (state, { data, stream }) => {
      state.byAccount.set(stream.id, (state.byAccount.get(stream.id) ?? 0) + data.cents)
      return { ...state, cents: state.cents + data.cents }
    },
    withdrawn: (state, { data }) => {
      state.cents -= data.cents
    },
  },
})

describe("a projection", () => {
  it("folds what it reads, and ignores what it has no handler for", async () => {
    await using store = createMemoryStore()
    await store.append(accounts.stream("alice"), [deposited({ cents: 500 }), renamed({ owner: "Alice" })])
    await store.append(accounts.stream("bob"), [deposited({ cents: 50 }), withdrawn({ cents: 20 })])
    const state = await foldProjection(totals, store.readAll({ events: totals.events }))
    expect(state).toEqual({ cents: 530, byAccount: new Map(Object.entries({ alice: 500, bob: 50 })) })
  })

  it("folds events at hand, and on from a state", async () => {
    await using store = createMemoryStore()
    await store.append(accounts.stream("alice"), [deposited({ cents: 500 })])
    const events = await store.readAll({ events: totals.events }).toArray()
    const once = foldProjection(totals, events)
    expect(once.cents).toBe(500)
    expect(foldProjection(totals, events, once).cents).toBe(1000)
  })

  it("says which types to filter by, also under their former names", () => {
    expect(totals.types).toEqual(["deposited", "paid-in", "withdrawn"])
  })

  it("refuses a handler for an event that it doesn't look at, one that is no function, and to be without handlers", () => {
    const on = { shipped: () => undefined } as object
    expect(() => defineProjection("p", { events: [deposited], initial: () => 0, on })).toThrow(/"shipped"/)
    expect(() => defineProjection("p", { events: [deposited], initial: () => 0, on: {} })).toThrow(
      /has no handler/,
    )
    const nothing = { on: undefined } as unknown as { on: object }
    expect(() => defineProjection("p", { events: [deposited], initial: () => 0, ...nothing })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "on" }),
    )
    const noFunction = { deposited: 5 } as object
    expect(() => defineProjection("p", { events: [deposited], initial: () => 0, on: noFunction })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "on.deposited" }),
    )
  })
})

import { createMemoryStore, createRepository, defineDecider, streamId, type } from "@annals/core"
import { describe, expect, it } from "vitest"
import { deposited } from "./account.ts"

const countWith = (unhandled: "error" | "warn" | "ignore") =>
  defineDecider("account", {
    events: [deposited],
    initial: () => 0,
    evolve: { deposited: (count) => count + 1 },
    decide: { deposit: (_count, cents: number) => deposited({ cents }) },
    unhandled,
  })

const alice = streamId("account", "alice")
const event = (type: string) => ({ type, data: { cents: 1 } })

describe("an event of a type that the aggregate doesn't know", () => {
  it("is an error unless said otherwise, also where the store's readers skip it", async () => {
    const skipped: string[] = []
    const store = createMemoryStore({ unreadable: ({ type }) => void skipped.push(type) })
    await store.append(alice, [event("deposited"), event("removed"), event("deposited")])
    await expect(createRepository(store, countWith("error")).load("alice")).rejects.toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
    })
    expect(skipped).toEqual([])
  })

  it("isn't to be confused with a known one that can't be read: that is an error, whatever the policy", async () => {
    const broken = deposited.nextVersion(type<{ readonly cents: number }>(), () => {
      throw new Error("no cents")
    })
    const counter = defineDecider("account", {
      events: [broken],
      initial: () => 0,
      evolve: { deposited: (count) => count + 1 },
      decide: {},
      unhandled: "ignore",
    })
    const store = createMemoryStore()
    await store.append(alice, [event("deposited")])
    await expect(createRepository(store, counter).load("alice")).rejects.toMatchObject({
      code: "UPCAST_FAILED",
    })
  })

  it.each(["warn", "ignore"] as const)("counts, but changes nothing, with %s", async (policy) => {
    const warnings: unknown[] = []
    const logger = {
      debug() {},
      info() {},
      error() {},
      warn: (...given: unknown[]) => void warnings.push(given),
    }
    const store = createMemoryStore({ logger })
    await store.append(alice, [event("removed"), event("deposited"), event("removed"), event("removed")])
    const accounts = createRepository(store, countWith(policy))
    const { state, version } = await accounts.load("alice")
    expect([state, version]).toEqual([1, 4])
    expect(warnings).toHaveLength(policy === "warn" ? 3 : 0)
    expect((await accounts.execute("alice", "deposit", 1)).version).toBe(5)
    expect((await accounts.load("alice")).version).toBe(5)
  })

  it("are no reason to fail, when the logger that is warned throws", async () => {
    const fail = () => {
      throw new Error("the log is full")
    }
    const store = createMemoryStore({ logger: { debug: fail, info: fail, warn: fail, error: fail } })
    await store.append(alice, [event("removed"), event("deposited")])
    expect((await createRepository(store, countWith("warn")).load("alice")).version).toBe(2)
  })
})

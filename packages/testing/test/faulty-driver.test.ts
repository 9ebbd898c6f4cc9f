import assert from "node:assert/strict"
import {
  createMemoryStoreDriver,
  createRepository,
  createStore,
  defineDecider,
  defineEvent,
  systemClock,
  type,
} from "@annals/core"
import { describe, it } from "vitest"
import { createFaultyDriver, sequentialId } from "../src/index.ts"

const deposited = defineEvent("deposited", type<{ cents: number }>())
const account = defineDecider("account", {
  events: [deposited],
  initial: () => 0,
  evolve: { deposited: (sum, { data }) => sum + data.cents },
  decide: { deposit: (_sum, { cents }: { cents: number }) => deposited({ cents }) },
})
const stream = account.category.stream("alice")

function setUp() {
  const faulty = createFaultyDriver(createMemoryStoreDriver(systemClock))
  return { faulty, store: createStore(faulty.driver) }
}

describe("a faulty driver", () => {
  it("fails before anything has happened", async () => {
    const { faulty, store } = setUp()
    faulty.fail("append", "before")
    await assert.rejects(store.append(stream, [deposited({ cents: 1 })]), {
      code: "STORE_UNAVAILABLE",
      retryable: true,
    })
    assert.equal(await store.streamVersion(stream), 0)
    await store.append(stream, [deposited({ cents: 1 })])
  })

  it("fails after everything has happened, and the same append again is a repeat", async () => {
    const { faulty, store } = setUp()
    faulty.fail("append", "after")
    const event = deposited({ cents: 1 }, { id: sequentialId(1) })
    await assert.rejects(store.append(stream, [event], { expected: 0 }), { code: "STORE_UNAVAILABLE" })
    assert.equal((await store.append(stream, [event], { expected: 0 })).repeated, true)
    assert.equal(await store.streamVersion(stream), 1)
  })

  it("fails so many times, after so many calls, with a given error", async () => {
    const { faulty, store } = setUp()
    const error = new Error("no")
    faulty.fail("head", "before", { afterCalls: 1, times: 2, error })
    assert.equal(await store.head(), 0)
    for (let call = 0; call < 2; call++) await assert.rejects(store.head(), (thrown) => thrown === error)
    assert.equal(await store.head(), 0)
    assert.equal(faulty.calls("head"), 4)
  })

  it("fails for a tenant's handle as well, where the backend has a driver of its own for it", async () => {
    const memory = createMemoryStoreDriver(systemClock)
    const asked: string[] = []
    const driver: typeof memory = {
      ...memory,
      forTenant: (tenant) => {
        asked.push(tenant)
        return memory
      },
    }
    const faulty = createFaultyDriver(driver)
    const red = createStore(faulty.driver).forTenant("red")
    faulty.fail("head", "before")
    await assert.rejects(red.head(), { code: "STORE_UNAVAILABLE" })
    assert.deepEqual(asked, ["red"])
  })

  it("shows that a repository acts once when the outcome of its append is unknown", async () => {
    const { faulty, store } = setUp()
    const accounts = createRepository(store, account)
    for (const moment of ["after", "before"] as const) {
      faulty.fail("append", moment)
      await accounts.execute("alice", "deposit", { cents: 500 })
    }
    assert.equal((await accounts.load("alice")).state, 1000)
    assert.equal(await store.streamVersion(stream), 2)
  })
})

import { defineProjection, streamId } from "@annals/core"
import { describe, expect, it } from "vitest"
import { createMemoryProjection, createSubscriptionManager } from "../../src/index.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { failureOf } from "../subjects/waiting.ts"
import { accounts, deposited, opened } from "./accounts.ts"

const alice = accounts.stream("alice")

/** Changes its state in place, and remembers each position, so that nothing counts twice unseen. */
const totals = defineProjection("totals", {
  events: [opened, deposited],
  initial: () => ({ cents: 0, positions: [] as number[] }),
  on: {
    deposited: (state, { data, position }) => {
      state.positions.push(position)
      state.cents += data.cents
      if (data.cents === 13) throw new Error("not thirteen")
    },
  },
})

const options = { pollIntervalMs: 20 }

describeStores("a projection in memory", (open) => {
  it("knows what was before it was started, and what comes", async () => {
    await using scene = await open()
    const { store } = scene
    const first = await store.append(alice, [
      opened({ owner: "" }),
      deposited({ cents: 1 }),
      deposited({ cents: 2 }),
    ])
    const projection = scene.keep(createMemoryProjection(store, totals, options))
    expect(projection.state.cents).toBe(0)
    await projection.start()
    await projection.waitFor(first.position)
    expect(projection.state.cents).toBe(3)
    const next = await store.append(alice, [deposited({ cents: 4 }), opened({ owner: "" })])
    await projection.waitFor(next.position)
    expect(projection.state).toEqual({ cents: 7, positions: expect.objectContaining({ length: 3 }) })
    expect(projection.status()).toMatchObject({ name: "totals", kind: "projection", lastError: undefined })
  })

  it("leaves nothing in the store, and every process has its own", async () => {
    await using scene = await open()
    const { store } = scene
    const { position } = await store.append(alice, [deposited({ cents: 5 })])
    for (const handle of [store, scene.otherHandle(), store]) {
      const projection = scene.keep(createMemoryProjection(handle, totals, options))
      await projection.start()
      await projection.waitFor(position)
      expect(projection.state.cents).toBe(5)
    }
    expect(await store.checkpoints.list()).toEqual([])
    expect((await store.leases.inspect("totals")).owners).toEqual([])
  })

  it("goes on where it was when it is stopped and started", async () => {
    await using scene = await open()
    const { store } = scene
    const projection = scene.keep(createMemoryProjection(store, totals, { ...options, pageSize: 1 }))
    const first = await store.append(alice, [deposited({ cents: 1 }), deposited({ cents: 2 })])
    await projection.start()
    await projection.waitFor(first.position)
    await projection.stop()
    const next = await store.append(alice, [deposited({ cents: 4 })])
    expect(projection.state.cents).toBe(3)
    await projection.start()
    await projection.waitFor(next.position)
    expect(projection.state.cents).toBe(7)
  })

  it("takes only events of its categories", async () => {
    await using scene = await open()
    const { store } = scene
    await store.append(alice, [deposited({ cents: 1 })])
    const { position } = await store.append(streamId("savings", "alice"), [deposited({ cents: 2 })])
    const projection = scene.keep(
      createMemoryProjection(store, totals, { ...options, categories: ["savings"] }),
    )
    await projection.start()
    await projection.waitFor(position)
    expect(projection.state.cents).toBe(2)
  })

  it("ends when a handler throws, and folds no event into what that left", async () => {
    await using scene = await open()
    await scene.store.append(alice, [
      deposited({ cents: 1 }),
      deposited({ cents: 13 }),
      deposited({ cents: 2 }),
    ])
    const projection = scene.keep(createMemoryProjection(scene.store, totals, options))
    await projection.start()
    expect(await failureOf(projection.done)).toMatchObject({
      code: "SUBSCRIPTION_FAILED",
      cause: { message: "not thirteen" },
    })
    expect(projection.status().state).toBe("failed")
    await projection.start()
    expect(await failureOf(projection.done)).toMatchObject({ cause: { message: "not thirteen" } })
    expect(projection.state.positions).toHaveLength(2)
  })
})

describe("a projection in memory", () => {
  it("runs beside subscriptions in a manager", async () => {
    await using scene = openMemoryScene()
    const projection = createMemoryProjection(scene.store, totals)
    const manager = scene.keep(createSubscriptionManager(scene.store, { runners: [projection] }))
    await manager.start()
    const { position } = await scene.store.append(alice, [deposited({ cents: 1 })])
    await projection.waitFor(position)
    expect(projection.state.cents).toBe(1)
    expect(manager.status()).toMatchObject([{ name: "totals" }])
    await manager.stop()
    expect(projection.status().state).toBe("stopped")
  })
})

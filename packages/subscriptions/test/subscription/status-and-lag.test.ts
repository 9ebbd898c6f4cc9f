import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually, settle } from "../subjects/waiting.ts"

const quick = defineSubscription("s", { events: [counted], handle: () => {} })

describe("the status of a subscription", () => {
  it("says nothing that it doesn't know before it has run", async () => {
    await using scene = openMemoryScene()
    const subscription = scene.create(quick, { instance: "me" })
    expect(subscription.status()).toEqual({
      name: "s",
      kind: "subscription",
      state: "stopped",
      instance: "me",
      slots: 0,
      position: undefined,
      head: undefined,
      handled: 0,
      retried: 0,
      parked: 0,
      failed: 0,
      ratePerSecond: 0,
      activeAt: undefined,
      lastError: undefined,
    })
  })

  it("tells two instances of one process apart", async () => {
    await using scene = openMemoryScene()
    const instances = [scene.create(quick), scene.create(quick)].map((one) => one.status().instance)
    expect(new Set(instances).size).toBe(2)
  })

  it("follows it from catching up to being live", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    await count(scene.store, "a", ...upTo(20))
    const definition = defineSubscription("s", {
      events: [counted],
      pageSize: 5,
      handle: ({ data }) => (data.n === 8 ? gate.pass() : undefined),
    })
    const subscription = await scene.run(definition)
    await gate.reached
    const { state, position, handled, slots } = subscription.status()
    expect([state, slots]).toEqual(["catching-up", 1024])
    for (const so of [position, handled]) expect(so === undefined ? false : so >= 5 && so <= 7).toBe(true)
    gate.open()
    await eventually(() => {
      expect(subscription.status()).toMatchObject({ state: "live", position: 20, handled: 20, head: 20 })
    })
  })

  it("says when it last did something, and how fast it was of late", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(quick)
    await settle()
    for (const n of upTo(50)) {
      await count(scene.store, "a", n, n)
      await settle(5)
      await scene.clock.advance(100)
    }
    await eventually(() => expect(subscription.status().handled).toBe(100))
    const { ratePerSecond, activeAt } = subscription.status()
    expect(ratePerSecond).toBeGreaterThan(8)
    expect(ratePerSecond).toBeLessThan(25)
    expect(activeAt).toBeGreaterThan(scene.clock.now() - 1000)
    for (const _ of upTo(60)) await scene.clock.advance(1000)
    expect(subscription.status().ratePerSecond).toBe(0)
  })
})

describe("lag", () => {
  it("is nothing for an empty log", async () => {
    await using scene = openMemoryScene()
    expect(await scene.create(quick).lag()).toEqual({ positions: 0, ms: 0 })
    const subscription = await scene.run(quick)
    expect(await subscription.lag()).toEqual({ positions: 0, ms: 0 })
  })

  it("grows with what waits, in positions and by the age of the oldest, and is nothing when all is done", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(quick)
    await subscription.waitFor(await count(scene.store, "a", 1))
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    await count(scene.store, "a", 2)
    await scene.clock.advance(3000)
    await count(scene.store, "a", 3, 4)
    await scene.clock.advance(2000)
    expect(await subscription.lag()).toEqual({ positions: 3, ms: 5000 })
    subscription.resume()
    await subscription.waitFor(4)
    await subscription.stop()
    await scene.clock.advance(2000)
    expect(await subscription.lag()).toEqual({ positions: 0, ms: 0 })
  })

  it("counts what another process has done, and not done", async () => {
    await using scene = openMemoryScene()
    const running = await scene.run(quick)
    await running.waitFor(await count(scene.store, "a", 1, 2))
    await running.stop()
    await count(scene.store, "a", 3)
    await scene.clock.advance(1000)
    const elsewhere = scene.create(quick, { store: scene.otherHandle() })
    expect(await elsewhere.lag()).toEqual({ positions: 1, ms: 1000 })
  })

  it("is of events that it would handle: none of them waits where only others came", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(defineSubscription("s", { types: ["other"], handle: () => {} }))
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    await count(scene.store, "a", 1, 2)
    await scene.clock.advance(1000)
    expect((await subscription.lag()).ms).toBe(0)
  })
})

describeStores("lag of a subscription that has never run", (open) => {
  it("isn't nothing where there is something to handle", async () => {
    await using scene = await open()
    const head = await count(scene.store, "a", 1, 2, 3)
    const subscription = scene.create(quick)
    const lag = await subscription.lag()
    expect(lag.positions).toBe(head)
    expect(lag.ms).toBeGreaterThanOrEqual(0)
    await subscription.start()
    await subscription.waitFor(head)
    await subscription.stop()
    expect(await subscription.lag()).toEqual({ positions: 0, ms: 0 })
  })
})

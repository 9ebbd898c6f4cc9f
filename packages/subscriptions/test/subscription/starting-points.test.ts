import type { EventStore } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription, type SubscriptionSettings } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"

function seeing(settings: SubscriptionSettings) {
  const seen: string[] = []
  const handle = (event: Parameters<typeof label>[0]) => void seen.push(label(event))
  return { seen, definition: defineSubscription("seeing", { ...settings, events: [counted], handle }) }
}

async function lowest(store: EventStore, subscription = "seeing"): Promise<number> {
  const checkpoints = await store.checkpoints.load(subscription)
  return Math.min(...checkpoints.map(({ position }) => position))
}

describeStores("where a subscription begins", (open) => {
  it("begins at the beginning unless told otherwise", async () => {
    await using scene = await open()
    const position = await count(scene.store, "a", 1, 2)
    const { seen, definition } = seeing({})
    const subscription = await scene.run(definition)
    await subscription.waitFor(position)
    expect(seen).toEqual(["a1", "a2"])
  })

  it("begins after a position", async () => {
    await using scene = await open()
    const position = await count(scene.store, "a", 1, 2)
    await count(scene.store, "b", 1)
    const { seen, definition } = seeing({ from: position })
    const subscription = await scene.run(definition)
    await subscription.waitFor(await count(scene.store, "a", 3))
    expect(seen).toEqual(["b1", "a3"])
  })

  it("begins at the end: history isn't handed over, neither at the first start nor at any later one", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1, 2)
    const { seen, definition } = seeing({ from: "end" })
    const subscription = await scene.run(definition)
    await subscription.stop()
    await subscription.start()
    await subscription.stop()
    const again = await scene.run(definition, { store: scene.otherHandle() })
    await again.waitFor(await count(scene.store, "a", 3))
    expect(seen).toEqual(["a3"])
  })

  it("counts the end as it was at the first start: what comes while it is stopped isn't lost", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1)
    const { seen, definition } = seeing({ from: "end" })
    const subscription = await scene.run(definition)
    await subscription.stop()
    await count(scene.store, "a", 2)
    const again = await scene.run(definition, { store: scene.otherHandle() })
    await again.waitFor(await count(scene.store, "a", 3))
    expect(seen).toEqual(["a2", "a3"])
  })

  it("counts the end of an empty store as its end, too", async () => {
    await using scene = await open()
    const { seen, definition } = seeing({ from: "end" })
    const subscription = await scene.run(definition)
    await subscription.stop()
    await count(scene.store, "a", 1)
    const again = await scene.run(definition, { store: scene.otherHandle() })
    await again.waitFor(await count(scene.store, "a", 2))
    expect(seen).toEqual(["a1", "a2"])
  })

  it("goes by the checkpoint once there is one, whatever it is told", async () => {
    await using scene = await open()
    const first = await scene.run(seeing({}).definition)
    await first.waitFor(await count(scene.store, "a", 1))
    await first.stop()
    await count(scene.store, "a", 2)
    for (const from of ["beginning", "end", 0] as const) {
      const { seen, definition } = seeing({ from, onFailure: "stop" })
      const subscription = scene.create(definition, { store: scene.otherHandle() })
      await subscription.start()
      await subscription.waitFor(await count(scene.store, "b", 1))
      await subscription.stop()
      expect(seen).not.toContain("a1")
      expect(seen.at(-1)).toBe("b1")
      if (from === "beginning") expect(seen).toContain("a2")
    }
  })
})

describeStores("the checkpoint", (open) => {
  it("is saved also while live, without a stop", async () => {
    await using scene = await open()
    const { definition } = seeing({ checkpointEvery: { events: 1000, ms: 30 } })
    const subscription = await scene.run(definition)
    await subscription.waitFor(await count(scene.store, "a", 1))
    const position = await count(scene.store, "a", 2)
    await eventually(async () => expect(await lowest(scene.otherHandle())).toBeGreaterThanOrEqual(position))
  })

  it("is saved every so many events, also before the page is through", async () => {
    await using scene = await open()
    await count(scene.store, "a", ...upTo(25))
    const gate = createGate()
    const definition = defineSubscription("seeing", {
      events: [counted],
      checkpointEvery: { events: 10, ms: 3_600_000 },
      handle: async ({ data }) => {
        if (data.n === 23) await gate.pass()
      },
    })
    await scene.run(definition)
    await gate.reached
    const saved = await lowest(scene.store)
    expect(saved).toBeGreaterThanOrEqual(20)
    expect(saved).toBeLessThan(23)
    gate.open()
  })

  it("never passes an event whose handler is still at work", async () => {
    await using scene = await open()
    const gate = createGate()
    const definition = defineSubscription("seeing", {
      events: [counted],
      checkpointEvery: { events: 1, ms: 1 },
      handle: async ({ data }) => {
        if (data.n === 2) await gate.pass()
      },
    })
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1, 2, 3)
    await gate.reached
    await eventually(async () => expect(await lowest(scene.store)).toBe(position - 2))
    expect(subscription.status().position).toBe(position - 2)
    gate.open()
    await subscription.waitFor(position)
  })
})

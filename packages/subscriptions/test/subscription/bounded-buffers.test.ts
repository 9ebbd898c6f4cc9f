import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { createGate, eventually, settle } from "../subjects/waiting.ts"

describe("a slow handler", () => {
  it("has one page read ahead for it, and no more, however much there is", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(500))
    const gate = createGate()
    const definition = defineSubscription("slow", {
      events: [counted],
      pageSize: 10,
      timeoutMs: 3_600_000,
      handle: () => gate.pass(),
    })
    const subscription = await scene.run(definition)
    await gate.reached
    const read = () => scene.reads.reduce((sum, { page }) => sum + page.events.length, 0)
    await eventually(() => expect(read()).toBe(20))
    for (const _ of upTo(30)) {
      await count(scene.store, "b", 1)
      await scene.clock.advance(1000)
    }
    await settle()
    expect(read()).toBe(20)
    gate.open()
    await subscription.waitFor(await scene.store.head())
    expect(subscription.status().handled).toBe(530)
  })

  it("is paused without reading on", async () => {
    await using scene = openMemoryScene()
    const definition = defineSubscription("s", { events: [counted], pageSize: 10, handle: () => {} })
    const subscription = await scene.run(definition)
    await eventually(() => expect(subscription.status().state).toBe("live"))
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    const before = scene.reads.length
    for (const n of upTo(20)) {
      await count(scene.store, "a", n)
      await scene.clock.advance(1000)
    }
    expect(scene.reads.length).toBe(before)
  })
})

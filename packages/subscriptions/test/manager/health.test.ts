import { describe, expect, it } from "vitest"
import { createSubscriptionManager, defineSubscription } from "../../src/index.ts"
import { count, counted } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { severable } from "../subjects/severable-store.ts"
import { eventually, settle } from "../subjects/waiting.ts"

async function advanceBy(clock: { advance(ms: number): Promise<void> }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    await settle(3)
    await clock.advance(1000)
  }
}

const quick = defineSubscription("quick", { events: [counted], handle: () => {} })

describe("the health of subscriptions", () => {
  it("is red before they run, green while they do, also when they are idle for long, and red when they are stopped", async () => {
    await using scene = openMemoryScene()
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions: [quick] }))
    expect(manager.health().healthy).toBe(false)
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 1))
    expect(manager.health()).toMatchObject({ healthy: true })
    await advanceBy(scene.clock, 600_000)
    expect(manager.health().healthy).toBe(true)
    await manager.stop()
    expect(manager.health().healthy).toBe(false)
  })

  it("is red when one of them has failed, and says which", async () => {
    await using scene = openMemoryScene()
    const failing = defineSubscription("failing", {
      events: [counted],
      retry: { attempts: 1 },
      handle: () => Promise.reject(new Error("no")),
    })
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions: [quick, failing] }))
    await manager.start()
    await count(scene.store, "a", 1)
    await eventually(() => expect(manager.health().healthy).toBe(false))
    expect(JSON.stringify(manager.health())).toContain("failing")
    expect(JSON.stringify(manager.health())).not.toContain("quick")
  })

  it("is red when a loop is dead: a store that never answers any more", async () => {
    await using scene = openMemoryScene()
    let isDead = false
    const never = new Promise<never>(() => {})
    const whole = scene.otherHandle()
    const store: typeof whole = {
      ...whole,
      readAll: (options) => {
        const reader = whole.readAll(options)
        async function* orNever<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
          if (isDead) await never
          yield* pages
        }
        return {
          ...reader,
          pages: () => orNever(reader.pages()),
          undecodedPages: () => orNever(reader.undecodedPages()),
        }
      },
    }
    const manager = scene.keep(createSubscriptionManager(store, { subscriptions: [quick] }))
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 1))
    isDead = true
    await count(scene.store, "a", 2)
    await advanceBy(scene.clock, 120_000)
    expect(manager.health().healthy).toBe(false)
    await manager.stop()
  })

  it("is red while the store can't be reached, and green again when it can", async () => {
    await using scene = openMemoryScene()
    const { store, cut, mend } = severable(scene.otherHandle())
    const manager = scene.keep(createSubscriptionManager(store, { subscriptions: [quick] }))
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 1))
    cut()
    await advanceBy(scene.clock, 120_000)
    expect(manager.health().healthy).toBe(false)
    mend()
    await advanceBy(scene.clock, 60_000)
    await eventually(() => expect(manager.health().healthy).toBe(true))
  })

  it("is green for one that stands by or is paused: that is how it is meant to be", async () => {
    await using scene = openMemoryScene()
    const managers = [scene.store, scene.otherHandle()].map((store) =>
      scene.keep(createSubscriptionManager(store, { subscriptions: [quick] })),
    )
    for (const manager of managers) await manager.start()
    await eventually(() => {
      expect(managers.flatMap((manager) => manager.status().map(({ state }) => state)).sort()).toEqual([
        "live",
        "standing-by",
      ])
    })
    for (const manager of managers) manager.pause("quick")
    await advanceBy(scene.clock, 600_000)
    expect(managers.map((manager) => manager.health().healthy)).toEqual([true, true])
  })
})

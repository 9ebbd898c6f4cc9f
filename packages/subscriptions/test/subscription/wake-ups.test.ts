import type { EventStore, WakeUps } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { createManualWakeUps, openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { advanceUntil, eventually, settle } from "../subjects/waiting.ts"

function seeing() {
  const seen: string[] = []
  const handle = (event: Parameters<typeof label>[0]) => void seen.push(label(event))
  return { seen, definition: defineSubscription("seeing", { events: [counted], handle }) }
}

const deaf: WakeUps = { listen: () => ({ [Symbol.dispose]() {} }) }

describe("a wake-up that comes at a bad moment", () => {
  it("isn't lost during the read that found nothing", async () => {
    await using scene = openMemoryScene()
    const { seen, definition } = seeing()
    scene.duringNextRead(() => count(scene.store, "a", 1))
    await scene.run(definition)
    await eventually(() => expect(seen).toEqual(["a1"])) // the clock stands still: no poll
    for (const n of [2, 3, 4]) {
      await settle()
      scene.duringNextRead(() => count(scene.store, "b", n))
      await count(scene.store, "a", n)
      await eventually(() => expect(seen.slice(-2)).toEqual([`a${n}`, `b${n}`]))
    }
  })

  it("isn't lost while a handler is at work", async () => {
    await using scene = openMemoryScene()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      handle: async (event) => {
        seen.push(label(event))
        if (event.data.n === 1) await count(scene.store, "b", 2)
        await settle(5)
      },
    })
    await scene.run(definition)
    await count(scene.store, "a", 1)
    await eventually(() => expect(seen).toEqual(["a1", "b2"]))
  })

  it("isn't needed: what it came too early for is found by polling", async () => {
    const wakeUps = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps })
    const { seen, definition } = seeing()
    await scene.run(definition, { pollIntervalMs: 1000 })
    await settle()
    wakeUps.fire()
    await settle()
    await count(scene.store, "a", 1)
    await settle()
    expect(seen).toEqual([])
    await scene.clock.advance(1000)
    await eventually(() => expect(seen).toEqual(["a1"]))
  })

  it("may come for nothing, as often as it likes", async () => {
    const wakeUps = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps })
    const { seen, definition } = seeing()
    await scene.run(definition)
    await count(scene.store, "a", 1)
    for (const _ of upTo(50)) wakeUps.fire()
    await eventually(() => expect(seen).toEqual(["a1"]))
    await settle()
    expect(scene.reads.length).toBeLessThan(20)
  })
})

describe("wake-ups that never come", () => {
  it("cost no more than the longest poll", async () => {
    await using scene = openMemoryScene({ wakeUps: deaf })
    const { seen, definition } = seeing()
    await scene.run(definition, { pollIntervalMs: 2000 })
    for (const n of upTo(5)) {
      for (let second = 0; second < 60; second++) await scene.clock.advance(1000) // until it polls as seldom as it may
      const appended = scene.clock.now()
      await count(scene.store, "a", n)
      await advanceUntil(scene.clock, () => seen.length === n, { stepMs: 50 })
      expect(scene.clock.now() - appended).toBeLessThanOrEqual(2000)
    }
  })

  it("are made up for by those of a bus", async () => {
    const bus = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps: deaf })
    const { seen, definition } = seeing()
    const subscription = await scene.run(definition, { wakeUps: [deaf, bus], pollIntervalMs: 3_600_000 })
    await settle()
    for (const n of upTo(3)) {
      await count(scene.store, "a", n)
      bus.fire()
      await eventually(() => expect(seen).toHaveLength(n))
    }
    await subscription.stop()
    expect(bus.listeners).toBe(0)
  })
})

describe("listening to wake-ups", () => {
  it("ends with the subscription, and begins again with it", async () => {
    const wakeUps = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps })
    const { seen, definition } = seeing()
    const subscription = await scene.run(definition)
    await eventually(() => expect(wakeUps.listeners).toBeGreaterThan(0))
    await subscription.stop()
    expect(wakeUps.listeners).toBe(0)
    await subscription.start()
    await settle()
    await count(scene.store, "a", 1)
    wakeUps.fire()
    await eventually(() => expect(seen).toEqual(["a1"]))
  })
})

describeStores("what nobody announces", (open) => {
  it("is found by polling: the store's wake-ups are deaf", async () => {
    await using scene = await open()
    const store: EventStore = { ...scene.otherHandle(), wakeUps: deaf }
    const { seen, definition } = seeing()
    await scene.run(definition, { store, pollIntervalMs: 20 })
    for (const n of upTo(3)) {
      await count(scene.store, "a", n)
      await eventually(() => expect(seen).toHaveLength(n))
    }
  })

  it("is found, and in time, when another handle appends it", async () => {
    await using scene = await open()
    const other = scene.otherHandle()
    const { seen, definition } = seeing()
    // Polls so seldom that only the store's wake-ups can be in time.
    await scene.run(definition, { pollIntervalMs: 3_600_000 })
    for (const n of upTo(5)) {
      await count(other, "a", n)
      await eventually(() => expect(seen).toHaveLength(n))
    }
  })

  it("is found when a unit of work appended it, in the order of the log", async () => {
    await using scene = await open()
    const { seen, definition } = seeing()
    await scene.run(definition)
    await scene.store.transaction(async ({ events }) => {
      await events.append({ category: "counter", id: "slow" }, [counted({ n: 1 })])
      await events.append({ category: "counter", id: "slow" }, [counted({ n: 2 })])
    })
    await count(scene.otherHandle(), "a", 1)
    await eventually(() => expect(seen).toEqual(["slow1", "slow2", "a1"]))
  })
})

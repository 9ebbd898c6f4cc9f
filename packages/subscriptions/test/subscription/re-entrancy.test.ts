import { streamId } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription, type SubscriptionDefinition } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { createManualWakeUps, openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, settle } from "../subjects/waiting.ts"

describeStores("a handler that appends events which it also reads", (open) => {
  it("isn't entered again: they come afterwards, in order", async () => {
    await using scene = await open()
    const steps: string[] = []
    const definition: SubscriptionDefinition = defineSubscription("chain", {
      events: [counted],
      handle: async (event) => {
        steps.push(`begin ${label(event)}`)
        const n = event.data.n + 1
        if (n <= 10) await scene.store.append(streamId("counter", "a"), [counted({ n })])
        await settle(2)
        steps.push(`end ${label(event)}`)
      },
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1)
    await eventually(() => expect(subscription.status().handled).toBe(10))
    expect(steps).toEqual(upTo(10).flatMap((n) => [`begin a${n}`, `end a${n}`]))
  })
})

describe("wake-ups all at once", () => {
  it("cause no second drain beside the one that runs: no overlap, no repeat, no step back", async () => {
    const wakeUps = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps })
    const seen: string[] = []
    const positions: (number | undefined)[] = []
    let running = 0
    let overlaps = 0
    const definition = defineSubscription("s", {
      events: [counted],
      pageSize: 3,
      handle: async (event) => {
        if (++running > 1) overlaps++
        wakeUps.fire()
        positions.push(subscription.status().position)
        await settle(1)
        wakeUps.fire()
        seen.push(label(event))
        running--
      },
    })
    const subscription = scene.create(definition, { wakeUps: [wakeUps] })
    await subscription.start()
    for (const n of upTo(20)) {
      await count(scene.store, "a", n)
      wakeUps.fire()
      wakeUps.fire()
    }
    await eventually(() => expect(seen).toHaveLength(20))
    expect(seen).toEqual(upTo(20).map((n) => `a${n}`))
    expect(overlaps).toBe(0)
    const known = positions.filter((position) => position !== undefined)
    expect(known).toEqual(known.toSorted((left, right) => left - right))
  })

  it("and polls, pauses and resumes cause none either", async () => {
    const wakeUps = createManualWakeUps()
    await using scene = openMemoryScene({ wakeUps })
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      pageSize: 4,
      handle: async (event) => {
        await settle(1)
        seen.push(label(event))
      },
    })
    const subscription = await scene.run(definition, { pollIntervalMs: 10 })
    for (const n of upTo(30)) {
      await count(scene.store, "a", n)
      if (n % 3 === 0) subscription.pause()
      wakeUps.fire()
      await scene.clock.advance(10)
      if (n % 3 === 1) subscription.resume()
    }
    subscription.resume()
    await eventually(() => expect(seen).toHaveLength(30))
    expect(seen).toEqual(upTo(30).map((n) => `a${n}`))
  })
})

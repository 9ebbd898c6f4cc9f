import { streamId } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally, upTo } from "../subjects/counting.ts"
import { severable } from "../subjects/severable-store.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"

const retry = { delayMs: 1, maxDelayMs: 5 }

describeStores("a transactional handler", (open) => {
  it("takes effect once for each event, across stops, starts and other handles", async () => {
    await using scene = await open()
    const definition = defineSubscription("tally", {
      events: [counted],
      transactional: true,
      checkpointEvery: { events: 3 },
      handle: (event, { unitOfWork }) => tally(unitOfWork, event),
    })
    await count(scene.store, "a", ...upTo(10))
    for (const round of upTo(3)) {
      const subscription = await scene.run(definition, { store: scene.otherHandle() })
      await subscription.waitFor(await count(scene.store, "b", round))
      await subscription.stop()
    }
    const expected = once(...upTo(10).map((n) => `a${n}`), "b1", "b2", "b3")
    expect(await readTally(scene.store)).toEqual(expected)
  })

  it("takes effect once also for batches", async () => {
    await using scene = await open()
    await count(scene.store, "a", ...upTo(20))
    const sizes: number[] = []
    const definition = defineSubscription("tally", {
      events: [counted],
      transactional: true,
      pageSize: 8,
      retry,
      handleBatch: async (events, { unitOfWork, attempt }) => {
        sizes.push(events.length)
        for (const event of events) await tally(unitOfWork, event)
        if (sizes.length === 1 && attempt === 1) throw new Error("a first time")
      },
    })
    const subscription = await scene.run(definition)
    await subscription.waitFor(await scene.store.head())
    expect(await readTally(scene.store)).toEqual(once(...upTo(20).map((n) => `a${n}`)))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(8)
  })

  it("leaves nothing behind where it fails after writing, nor of the events in the same transaction", async () => {
    await using scene = await open()
    await count(scene.store, "a", ...upTo(9))
    let failures = 0
    const definition = defineSubscription("tally", {
      events: [counted],
      transactional: true,
      retry,
      handle: async (event, { unitOfWork }) => {
        await tally(unitOfWork, event)
        if (event.data.n === 5 && ++failures < 4) throw new Error("after writing")
      },
    })
    const subscription = await scene.run(definition)
    await subscription.waitFor(await scene.store.head())
    expect(failures).toBe(4)
    expect(await readTally(scene.store)).toEqual(once(...upTo(9).map((n) => `a${n}`)))
  })

  it("commits its writes and the checkpoint together, or neither, when the connection goes before the commit", async () => {
    await using scene = await open()
    const { store, cut, mend } = severable(scene.otherHandle())
    let cuts = 0
    const definition = defineSubscription("tally", {
      events: [counted],
      transactional: true,
      retry,
      handle: async (event, { unitOfWork }) => {
        await tally(unitOfWork, event)
        if (event.data.n === 3 && ++cuts <= 2) cut()
      },
    })
    const subscription = await scene.run(definition, { store, leaseTtlMs: 20_000 })
    const position = await count(scene.store, "a", ...upTo(5))
    for (const time of [1, 2]) {
      await eventually(() => expect(cuts).toBe(time))
      await eventually(() => expect(subscription.status().lastError).toBeDefined())
      expect(await readTally(scene.store)).not.toHaveProperty("a3")
      mend()
    }
    await subscription.waitFor(position)
    expect(await readTally(scene.store)).toEqual(once(...upTo(5).map((n) => `a${n}`)))
    expect(subscription.status()).toMatchObject({ state: "live", parked: 0 })
  })

  it("appends events once, and can't be made to handle its own in the same breath", async () => {
    await using scene = await open()
    const definition = defineSubscription("chain", {
      events: [counted],
      transactional: true,
      retry,
      handle: async ({ data, stream }, { unitOfWork, attempt }) => {
        if (data.n < 6)
          await unitOfWork.events.append(streamId("counter", stream.id), [counted({ n: data.n + 1 })])
        if (attempt === 1 && data.n % 2 === 0) throw new Error("a first time")
      },
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1)
    await eventually(() => expect(subscription.status().handled).toBe(6))
    const events = await scene.store.readStream(streamId("counter", "a")).toArray()
    expect(events.map(label)).toEqual(upTo(6).map((n) => `a${n}`))
  })
})

describeStores("a checkpoint that moved meanwhile", (open) => {
  it("is never moved back, and what it has passed takes no effect", async () => {
    await using scene = await open()
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        retry,
        handle: (event, { unitOfWork }) => tally(unitOfWork, event),
      }),
    )
    const before = await count(scene.store, "a", 1)
    await subscription.waitFor(before)
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    const to = await count(scene.store, "a", 2)
    expect(await scene.store.checkpoints.advance("tally", { from: before, to })).toBe("advanced")
    const last = await count(scene.store, "a", 3)
    subscription.resume()
    await eventually(async () => {
      const [checkpoint] = await scene.store.checkpoints.load("tally")
      expect(checkpoint?.position).toBe(last)
    })
    expect(await readTally(scene.store)).toEqual(once("a1", "a3"))
  })
})

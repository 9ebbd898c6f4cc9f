import { streamId } from "@annals/core"
import { expect, it } from "vitest"
import { defineSubscription, type Subscription } from "../../src/index.ts"
import { count, counted, label, ofStream, once, readTally, tally, upTo } from "../subjects/counting.ts"
import type { Scene } from "../subjects/scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually } from "../subjects/waiting.ts"

/** A subscription that parks what is in `bad`, which a test changes. */
function mendable(...bad: string[]) {
  const seen: string[] = []
  const replayed: string[] = []
  let during = async (_label: string) => {}
  const definition = defineSubscription("mendable", {
    events: [counted],
    onFailure: "park",
    retry: { attempts: 2, delayMs: 1 },
    handle: async (event, context) => {
      await during(label(event))
      if (bad.includes(label(event))) throw new Error(`not ${label(event)}`)
      seen.push(label(event))
      if (context.replayed) replayed.push(label(event))
    },
  })
  return {
    definition,
    seen,
    replayed,
    mend: () => bad.splice(0),
    spoil: (...labels: string[]) => bad.push(...labels),
    hold: (hold: (label: string) => Promise<void>) => {
      during = hold
    },
  }
}

/** Stream `a` parked from its second event on. */
async function parkedScene(scene: Scene) {
  const handler = mendable("a2")
  const subscription = await scene.run(handler.definition)
  await count(scene.store, "a", 1, 2, 3)
  await subscription.waitFor(await count(scene.store, "b", 1))
  return { ...handler, subscription }
}

const nothingParked = (subscription: Subscription) =>
  eventually(async () => expect(await subscription.deadLetters.parkedStreams()).toEqual([]))

describeStores("requeue", (open) => {
  it("has the events handled in order, and then those that come, and says how many they are", async () => {
    await using scene = await open()
    const { subscription, seen, replayed, mend } = await parkedScene(scene)
    await count(scene.store, "a", 4)
    await subscription.waitFor(await count(scene.store, "b", 2))
    mend()
    expect(await subscription.deadLetters.requeue(streamId("counter", "a"))).toBe(3)
    await nothingParked(subscription)
    await subscription.waitFor(await count(scene.store, "a", 5))
    expect(seen).toEqual(["a1", "b1", "b2", "a2", "a3", "a4", "a5"])
    expect(replayed).toEqual(["a2", "a3", "a4"])
    expect(await subscription.deadLetters.list()).toEqual([])
  })

  it("keeps them, with the new error, when one fails again", async () => {
    await using scene = await open()
    const { subscription, seen, mend, spoil } = await parkedScene(scene)
    mend()
    spoil("a3")
    await subscription.deadLetters.requeue()
    await eventually(() => expect(seen).toEqual(["a1", "b1", "a2"]))
    await eventually(async () => {
      expect(await subscription.deadLetters.list()).toMatchObject([
        { version: 3, status: "parked", failure: { message: "not a3" } },
      ])
    })
    await subscription.waitFor(await count(scene.store, "a", 4))
    expect(seen).toEqual(["a1", "b1", "a2"])
    mend()
    await subscription.deadLetters.requeue()
    await nothingParked(subscription)
    expect(seen).toEqual(["a1", "b1", "a2", "a3", "a4"])
  })

  it("keeps the order while new events of the stream arrive during the replay", async () => {
    await using scene = await open()
    const { subscription, seen, mend, hold } = await parkedScene(scene)
    const gate = createGate()
    hold(async (one) => {
      if (one === "a2") await gate.pass()
    })
    mend()
    await subscription.deadLetters.requeue()
    await gate.reached
    const appending = (async () => {
      for (const n of upTo(20)) await count(scene.store, "a", n + 3)
    })()
    await count(scene.otherHandle(), "b", 2)
    gate.open()
    await appending
    await nothingParked(subscription)
    await subscription.waitFor(await count(scene.store, "a", 24))
    expect(ofStream("a", seen)).toEqual(upTo(24).map((n) => `a${n}`))
    expect(ofStream("b", seen)).toEqual(["b1", "b2"])
  })

  it("can come from another process, and several times at once", async () => {
    await using scene = await open()
    const { subscription, seen, mend } = await parkedScene(scene)
    mend()
    const elsewhere = scene.create(mendable().definition, { store: scene.otherHandle() })
    expect((await elsewhere.deadLetters.list()).map(({ version }) => version)).toEqual([2, 3])
    await Promise.all([
      elsewhere.deadLetters.requeue(),
      elsewhere.deadLetters.requeue(streamId("counter", "a")),
      elsewhere.deadLetters.requeue(),
    ])
    await nothingParked(subscription)
    await subscription.waitFor(await count(scene.store, "a", 4))
    expect(seen).toEqual(["a1", "b1", "a2", "a3", "a4"])
  })

  it("of one stream leaves the others where they are", async () => {
    await using scene = await open()
    const { definition, seen, mend } = mendable("a1", "c1")
    const subscription = await scene.run(definition)
    for (const id of ["a", "c"]) await count(scene.store, id, 1, 2)
    await subscription.waitFor(await scene.store.head())
    mend()
    expect(await subscription.deadLetters.requeue(streamId("counter", "c"))).toBe(2)
    await eventually(() => expect(seen).toEqual(["c1", "c2"]))
    await eventually(async () => {
      const streams = await subscription.deadLetters.parkedStreams()
      expect(streams.map(({ stream }) => stream.id)).toEqual(["a"])
    })
  })

  it("is done when the subscription is started, and before what is new", async () => {
    await using scene = await open()
    const { subscription, seen, mend } = await parkedScene(scene)
    await subscription.stop()
    mend()
    await subscription.deadLetters.requeue()
    await count(scene.store, "a", 4)
    await subscription.start()
    await subscription.waitFor(await count(scene.store, "a", 5))
    await nothingParked(subscription)
    expect(ofStream("a", seen)).toEqual(["a1", "a2", "a3", "a4", "a5"])
  })

  it("waits while the subscription is paused", async () => {
    await using scene = await open()
    const { subscription, seen, mend } = await parkedScene(scene)
    subscription.pause()
    await eventually(() => expect(subscription.status().state).toBe("paused"))
    mend()
    await subscription.deadLetters.requeue()
    subscription.resume()
    await nothingParked(subscription)
    expect(seen).toEqual(["a1", "b1", "a2", "a3"])
  })

  it("takes effect once for each event of a transactional handler, though the replay fails on the way", async () => {
    await using scene = await open()
    let isMended = false
    let failures = 0
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        onFailure: "park",
        retry: { attempts: 3, delayMs: 1 },
        handle: async (event, { unitOfWork, replayed }) => {
          await tally(unitOfWork, event)
          if (!isMended && event.data.n === 2) throw new Error("not yet")
          if (replayed && event.data.n === 4 && ++failures < 3) throw new Error("once more")
        },
      }),
    )
    await subscription.waitFor(await count(scene.store, "a", ...upTo(6)))
    expect(await readTally(scene.store)).toEqual(once("a1"))
    isMended = true
    await subscription.deadLetters.requeue()
    await eventually(async () => {
      if (failures < 3) await subscription.deadLetters.requeue()
      expect(await subscription.deadLetters.list()).toEqual([])
    })
    await subscription.waitFor(await count(scene.store, "a", 7))
    expect(await readTally(scene.store)).toEqual(once(...upTo(7).map((n) => `a${n}`)))
  })
})

describeStores("discard", (open) => {
  it("gives up an event for good, and has those behind it handled", async () => {
    await using scene = await open()
    const { subscription, seen } = await parkedScene(scene)
    const [first] = await subscription.deadLetters.list()
    expect(await subscription.deadLetters.discard([first?.eventId ?? ""])).toBe(1)
    await nothingParked(subscription)
    await subscription.waitFor(await count(scene.store, "a", 4))
    expect(seen).toEqual(["a1", "b1", "a3", "a4"])
  })

  it("lets the stream flow on when nothing is left of it", async () => {
    await using scene = await open()
    const { subscription, seen } = await parkedScene(scene)
    const all = await subscription.deadLetters.list()
    expect(await subscription.deadLetters.discard(all.map(({ eventId }) => eventId))).toBe(2)
    await nothingParked(subscription)
    await count(scene.store, "a", 4)
    await eventually(() => expect(seen).toEqual(["a1", "b1", "a4"]))
    await nothingParked(subscription)
  })

  it("of what isn't there, or is another subscription's, does nothing", async () => {
    await using scene = await open()
    const { subscription } = await parkedScene(scene)
    const [first] = await subscription.deadLetters.list()
    const other = scene.create(defineSubscription("other", { handle: () => {} }))
    expect(await subscription.deadLetters.discard(["00000000-0000-7000-8000-000000000000"])).toBe(0)
    expect(await other.deadLetters.discard([first?.eventId ?? ""])).toBe(0)
    expect(await other.deadLetters.requeue()).toBe(0)
    expect(await other.deadLetters.list()).toEqual([])
    expect(await subscription.deadLetters.list()).toHaveLength(2)
  })
})

import { describeStream } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally, upTo } from "../subjects/counting.ts"
import { failingToSave } from "../subjects/failing-saves.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { advanceUntil } from "../subjects/waiting.ts"

/** Parks what is in `bad`. */
function parking(seen: string[], bad: readonly string[]) {
  return defineSubscription("parking", {
    events: [counted],
    onFailure: "park",
    retry: { attempts: 2, delayMs: 1 },
    handle: (event) => {
      if (bad.includes(label(event))) throw Object.assign(new Error(`not ${label(event)}`), { code: "E_BAD" })
      seen.push(label(event))
    },
  })
}

describeStores("parking", (open) => {
  it("puts the event and the rest of its stream aside, in order, while the other streams go on", async () => {
    await using scene = await open()
    const { store } = scene
    await count(store, "a", 1, 2, 3)
    await count(store, "b", 1, 2)
    await count(store, "a", 4)
    const seen: string[] = []
    const subscription = await scene.run(parking(seen, ["a2"]))
    await subscription.waitFor(await count(store, "b", 3))
    expect(seen).toEqual(["a1", "b1", "b2", "b3"])
    await subscription.waitFor(await count(store, "a", 5))
    const entries = await subscription.deadLetters.list()
    expect(entries.map(({ stream, version }) => `${describeStream(stream)} ${version}`)).toEqual([
      "counter/a 2",
      "counter/a 3",
      "counter/a 4",
      "counter/a 5",
    ])
    expect(await subscription.deadLetters.parkedStreams()).toMatchObject([
      { stream: { category: "counter", id: "a" }, entries: 4, status: "parked" },
    ])
    expect(subscription.status()).toMatchObject({ handled: 4, parked: 4 })
  })

  it("says of the event that failed why, how often and when, and keeps no copy of any", async () => {
    await using scene = await open()
    const started = Date.now()
    const subscription = await scene.run(parking([], ["a1"]))
    await subscription.waitFor(await count(scene.store, "a", 1, 2))
    const [first, second] = await subscription.deadLetters.list()
    expect(first?.failure).toMatchObject({ message: "not a1", code: "E_BAD", attempts: 2 })
    expect(first?.failure?.failedAt).toBeGreaterThanOrEqual(started)
    expect(first).toMatchObject({ type: "counted", version: 1, status: "parked" })
    expect(second?.failure).toBeUndefined()
    expect([first?.event, second?.event]).toEqual([undefined, undefined])
  })

  it("keeps a stream parked across restarts, also for what comes then", async () => {
    await using scene = await open()
    const first = await scene.run(parking([], ["a1"]))
    await first.waitFor(await count(scene.store, "a", 1))
    await first.stop()
    await count(scene.store, "a", 2)
    const seen: string[] = []
    const second = await scene.run(parking(seen, []), { store: scene.otherHandle() })
    await count(scene.store, "b", 1)
    await second.waitFor(await count(scene.store, "a", 3))
    expect(seen).toEqual(["b1"])
    const entries = await second.deadLetters.list()
    expect(entries.map(({ version }) => version)).toEqual([1, 2, 3])
  })

  it("parks several streams, each for itself", async () => {
    await using scene = await open()
    const seen: string[] = []
    const subscription = await scene.run(parking(seen, ["a2", "c1"]))
    for (const n of upTo(3)) for (const id of ["a", "b", "c"]) await count(scene.store, id, n)
    await subscription.waitFor(await scene.store.head())
    expect(seen).toEqual(["a1", "b1", "b2", "b3"])
    const streams = await subscription.deadLetters.parkedStreams()
    expect(streams.map(({ stream, entries }) => [stream.id, entries])).toEqual([
      ["a", 2],
      ["c", 3],
    ])
  })

  it("rolls back what a transactional handler wrote for the event, and keeps what it wrote for the others", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1, 2)
    await count(scene.store, "b", 1)
    await count(scene.store, "a", 3)
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        onFailure: "park",
        retry: { attempts: 2, delayMs: 1 },
        handle: async (event, { unitOfWork }) => {
          await tally(unitOfWork, event)
          if (label(event) === "a2") throw new Error("no")
        },
      }),
    )
    await subscription.waitFor(await count(scene.store, "b", 2))
    expect(await readTally(scene.store)).toEqual(once("a1", "b1", "b2"))
    expect((await subscription.deadLetters.list()).map(({ version }) => version)).toEqual([2, 3])
  })

  it("parks out of a batch only what failed and the rest of its stream", async () => {
    await using scene = await open()
    for (const id of ["a", "b", "c"]) await count(scene.store, id, 1, 2)
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        onFailure: "park",
        retry: { attempts: 2, delayMs: 1 },
        handleBatch: async (events, { unitOfWork }) => {
          for (const event of events) await tally(unitOfWork, event)
          if (events.some((event) => label(event) === "b1")) throw new Error("no")
        },
      }),
    )
    await subscription.waitFor(await scene.store.head())
    expect(await readTally(scene.store)).toEqual(once("a1", "a2", "c1", "c2"))
    expect(
      (await subscription.deadLetters.list()).map(({ stream, version }) => [stream.id, version]),
    ).toEqual([
      ["b", 1],
      ["b", 2],
    ])
  })

  it("keeps streams of the same name in different tenants apart", async () => {
    await using scene = await open()
    const seen: string[] = []
    const subscription = await scene.run(
      defineSubscription("parking", {
        events: [counted],
        onFailure: "park",
        retry: { attempts: 1 },
        handle: ({ tenant, data }) => {
          if (tenant === "red" && data.n === 1) throw new Error("no")
          seen.push(`${tenant}${data.n}`)
        },
      }),
    )
    await count(scene.store.forTenant("red"), "a", 1, 2)
    await subscription.waitFor(await count(scene.store.forTenant("blue"), "a", 1, 2))
    expect(seen).toEqual(["blue1", "blue2"])
  })
})

describe("parking and the checkpoint", () => {
  it.for(["before", "after"] as const)(
    "go together, also when a connection is lost %s the commit",
    async (moment) => {
      await using scene = openMemoryScene()
      const seen: string[] = []
      const subscription = await scene.run(parking(seen, ["a2"]))
      await subscription.waitFor(await count(scene.store, "a", 1))
      scene.faults.fail("transaction", moment, { times: 3 })
      await count(scene.store, "a", 2, 3)
      const position = await count(scene.store, "b", 1)
      const parked = async () => (await scene.store.deadLetters.list()).map(({ version }) => version)
      const checkpoint = async () => (await scene.store.checkpoints.load("parking"))[0]?.position ?? 0
      await advanceUntil(scene.clock, () => subscription.status().position === position)
      await subscription.stop()
      expect([await parked(), await checkpoint(), seen]).toEqual([[2, 3], position, ["a1", "b1"]])
    },
  )

  it("never show the one without the other: what can't move the checkpoint parks nothing", async () => {
    await using scene = openMemoryScene()
    const { store, failures } = failingToSave(scene.otherHandle(), 3, "before")
    const subscription = await scene.run(parking([], ["a1"]), { store })
    const position = await count(scene.store, "a", 1)
    for (const time of [1, 2, 3]) {
      await advanceUntil(scene.clock, () => failures() === time)
      expect(await scene.store.deadLetters.list()).toEqual([])
    }
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    expect(await scene.store.deadLetters.list()).toHaveLength(1)
    expect(await scene.store.checkpoints.load("parking")).toMatchObject([{ position }])
  })
})

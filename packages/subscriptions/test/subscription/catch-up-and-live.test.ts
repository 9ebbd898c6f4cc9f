import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, ofStream, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually, settle } from "../subjects/waiting.ts"

/** What it saw, by name, and a subscription of that. */
function seeing(name = "seeing", pageSize = 500) {
  const seen: string[] = []
  const handle = (event: Parameters<typeof label>[0]) => void seen.push(label(event))
  return { seen, definition: defineSubscription(name, { events: [counted], handle, pageSize }) }
}

describeStores("from history to what is new", (open) => {
  it("hands over what is there, and then what comes, each once and in the order of the log", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1, 2)
    await count(scene.store, "b", 1)
    await count(scene.store, "a", 3)
    const { seen, definition } = seeing()
    const subscription = await scene.run(definition)
    await subscription.waitFor(await scene.store.head())
    expect(seen).toEqual(["a1", "a2", "b1", "a3"])
    await count(scene.store, "b", 2)
    await subscription.waitFor(await count(scene.store, "a", 4))
    expect(seen).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"])
  })

  it("has no seam between the two: nothing is lost or doubled while others append all the time", async () => {
    await using scene = await open()
    const other = scene.otherHandle()
    for (let n = 1; n <= 30; n += 3) await count(scene.store, "a", n, n + 1, n + 2)
    const { seen, definition } = seeing("seamless", 7)
    const appending = Promise.all(
      [scene.store, other].map(async (store, index) => {
        for (const n of upTo(40)) await count(store, "xy".charAt(index), n)
      }),
    )
    const subscription = await scene.run(definition)
    await appending
    await subscription.waitFor(await scene.store.head())
    const expected = await scene.store.readAll().toArray()
    expect(seen).toEqual(expected.map(label))
    for (const id of ["x", "y"]) expect(ofStream(id, seen)).toEqual(upTo(40).map((n) => `${id}${n}`))
  })

  it("goes on from its checkpoint after a stop, with nothing twice", async () => {
    await using scene = await open()
    const first = seeing()
    const subscription = await scene.run(first.definition)
    await subscription.waitFor(await count(scene.store, "a", ...upTo(5)))
    await subscription.stop()
    await count(scene.store, "a", 6)
    expect(first.seen).toHaveLength(5)
    await subscription.start()
    await subscription.waitFor(await count(scene.store, "a", 7))
    expect(first.seen).toEqual(upTo(7).map((n) => `a${n}`))
    await subscription.stop()
    const next = seeing()
    const other = await scene.run(next.definition, { store: scene.otherHandle() })
    await other.waitFor(await count(scene.store, "a", 8))
    expect(next.seen).toEqual(["a8"])
  })

  it("gives each subscription everything, whatever others do", async () => {
    await using scene = await open()
    const [one, two] = [seeing("one"), seeing("two")]
    const running = [await scene.run(one.definition), await scene.run(two.definition)]
    const position = await count(scene.store, "a", 1, 2, 3)
    await Promise.all(running.map((subscription) => subscription.waitFor(position)))
    expect([one.seen, two.seen]).toEqual([
      ["a1", "a2", "a3"],
      ["a1", "a2", "a3"],
    ])
  })
})

describe("catching up and waiting, by the clock", () => {
  it("doesn't sleep between pages", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(200))
    const { seen, definition } = seeing("fast", 5)
    await scene.run(definition)
    await eventually(() => expect(seen).toHaveLength(200)) // the clock stands still
  })

  it("handles what is appended in this process at once, not at the next poll", async () => {
    await using scene = openMemoryScene()
    const { seen, definition } = seeing()
    await scene.run(definition)
    await settle()
    for (const n of upTo(3)) {
      await count(scene.store, "a", n)
      await eventually(() => expect(seen).toHaveLength(n))
    }
  })

  it("reads nothing while there is nothing to read and the clock stands still", async () => {
    await using scene = openMemoryScene()
    const { seen, definition } = seeing()
    await scene.run(definition)
    await count(scene.store, "a", 1)
    await eventually(() => expect(seen).toHaveLength(1))
    await settle()
    const looks = scene.looks()
    await settle(200)
    expect(scene.looks()).toBe(looks)
  })

  it("polls an idle log no more often than it must, and no less", async () => {
    await using scene = openMemoryScene()
    const { definition } = seeing()
    await scene.run(definition, { pollIntervalMs: 5000 })
    await settle()
    const before = scene.looks()
    for (let second = 0; second < 100; second++) await scene.clock.advance(1000)
    const looks = scene.looks() - before
    expect(looks).toBeGreaterThanOrEqual(20)
    expect(looks).toBeLessThan(100)
  })
})

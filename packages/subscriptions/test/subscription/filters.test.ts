import { defineEvent, type RecordedEvent, streamId, type } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription, type SubscriptionFilter } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { eventually } from "../subjects/waiting.ts"

function seeing(filter: SubscriptionFilter, pageSize = 500) {
  const seen: string[] = []
  const handle = (event: RecordedEvent) => void seen.push(label(event))
  return { seen, definition: defineSubscription("seeing", { ...filter, handle, pageSize }) }
}

const event = (type: string, n: number, ...tags: string[]) => ({ type, data: { n }, tags })

describeStores("a subscription's filter", (open) => {
  it.for<[string, SubscriptionFilter, string[]]>([
    ["types", { types: ["opened", "closed"] }, ["a1", "a3", "b1"]],
    ["categories", { categories: ["shop"] }, ["b1", "b2"]],
    ["tags, of which all must be there", { tags: ["red", "big"] }, ["a2"]],
    ["a query", { query: [{ types: ["opened"], tags: ["red"] }, { types: ["closed"] }] }, ["a1", "a3"]],
    ["a tenant", { tenant: "acme" }, ["c1"]],
    [
      "several parts, which must all hold",
      { types: ["opened"], categories: ["shop"], tags: ["big"] },
      ["b1"],
    ],
  ])("lets through what it says, by %s", async ([, filter, expected]) => {
    await using scene = await open()
    const { store } = scene
    await store.append(streamId("account", "a"), [
      event("opened", 1, "red"),
      event("painted", 2, "red", "big"),
      event("closed", 3),
    ])
    await store.append(streamId("shop", "b"), [event("opened", 1, "big"), event("painted", 2, "big")])
    await store.forTenant("acme").append(streamId("account", "c"), [event("painted", 1)])
    const { seen, definition } = seeing(filter)
    const subscription = await scene.run(definition)
    await subscription.waitFor(await store.head())
    expect(seen).toEqual(expected)
  })

  it("is the types of its events, by all names that they ever had", async () => {
    await using scene = await open()
    await scene.store.append(streamId("counter", "a"), [
      event("tallied", 1),
      event("other", 2),
      event("counted", 3),
    ])
    const seen: string[] = []
    const renamed = defineEvent("counted", type<{ n: number }>(), { formerNames: ["tallied"] })
    const definition = defineSubscription("seeing", {
      events: [renamed],
      handle: (one) => void seen.push(`${one.type}${one.data.n}`),
    })
    const subscription = await scene.run(definition)
    await subscription.waitFor(await scene.store.head())
    expect(seen).toEqual(["counted1", "counted3"])
  })

  it("goes on behind whole pages of which it lets nothing through", async () => {
    await using scene = await open()
    const wanted = { type: "wanted", data: { n: 1 } }
    await scene.store.append(streamId("rare", "x"), [wanted])
    await count(scene.store, "a", ...upTo(60))
    await scene.store.append(streamId("rare", "y"), [wanted])
    await count(scene.store, "a", ...upTo(60))
    const { seen, definition } = seeing({ types: ["wanted"] }, 4)
    const subscription = await scene.run(definition)
    await subscription.waitFor(await scene.store.head())
    expect(seen).toEqual(["x1", "y1"])
  })

  it("keeps no progress from being recorded where nothing matched, and a restart from going on from there", async () => {
    await using scene = await open()
    const { seen, definition } = seeing({ types: ["wanted"] })
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", ...upTo(30))
    await subscription.waitFor(position)
    expect(subscription.status().position).toBeGreaterThanOrEqual(position)
    await subscription.stop()
    const checkpoints = await scene.store.checkpoints.load("seeing")
    expect(checkpoints).toEqual([{ slots: { first: 0, last: 1023 }, position }])
    expect(seen).toEqual([])
  })

  it("records progress also while live, without a stop", async () => {
    await using scene = await open()
    const { definition } = seeing({ types: ["wanted"] })
    await scene.run(definition)
    const position = await count(scene.store, "a", ...upTo(30))
    await eventually(async () => {
      const [checkpoint] = await scene.store.checkpoints.load("seeing")
      expect(checkpoint?.position).toBeGreaterThanOrEqual(position)
    })
  })

  it("is kept to a tenant by a tenant's handle, whose checkpoint is its own", async () => {
    await using scene = await open()
    const [red, blue] = [scene.store.forTenant("red"), scene.store.forTenant("blue")]
    await count(red, "r", 1)
    await count(blue, "b", 1)
    const ofRed = seeing({})
    const ofBlue = seeing({})
    const first = await scene.run(ofRed.definition, { store: red })
    await first.waitFor(await count(red, "r", 2))
    const second = await scene.run(ofBlue.definition, { store: blue })
    await second.waitFor(await count(blue, "b", 2))
    expect([ofRed.seen, ofBlue.seen]).toEqual([
      ["r1", "r2"],
      ["b1", "b2"],
    ])
  })
})

describe("a subscription's filter in the database", () => {
  it("is handed to the store's driver, which returns nothing else", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(50))
    await scene.store.append(streamId("rare", "x"), [event("wanted", 1, "red")])
    const filter = { types: ["wanted"], categories: ["rare"], tags: ["red"] }
    const { seen, definition } = seeing(filter)
    await scene.run(definition)
    await eventually(() => expect(seen).toEqual(["x1"]))
    for (const read of scene.reads) expect(read.filter).toMatchObject(filter)
    expect(scene.reads.flatMap(({ page }) => page.events)).toHaveLength(1)
  })

  it("doesn't look again at what it has looked at, though nothing matched", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(50))
    const { definition } = seeing({ types: ["wanted"] })
    const subscription = await scene.run(definition)
    await subscription.waitFor(50)
    await subscription.stop()
    const before = scene.reads.length
    await subscription.start()
    await eventually(() => expect(subscription.status().state).toBe("live"))
    for (const { range } of scene.reads.slice(before)) expect(range.from).toBeGreaterThanOrEqual(50)
  })

  it("reads only the types of its events", async () => {
    await using scene = openMemoryScene()
    await scene.run(defineSubscription("seeing", { events: [counted], handle: () => {} }))
    await eventually(() => expect(scene.reads.length).toBeGreaterThan(0))
    expect(scene.reads[0]?.filter.types).toEqual(["counted"])
  })
})

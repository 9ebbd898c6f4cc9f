import { randomUUID } from "node:crypto"
import { defineEvent, type } from "@annals/core"
import { describe, expect, it } from "vitest"
import { createOutboxRelay, defineSubscription } from "../../src/index.ts"
import { count, counted, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { createRecordingObserver } from "../subjects/recording-observer.ts"
import { advanceUntil, eventually, settle } from "../subjects/waiting.ts"

describe("an observer of a subscription", () => {
  it("sees its pages, and what was handled, with the subscription's name, how many and the events' metadata", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    const subscription = await scene.run(defineSubscription("seen", { events: [counted], handle: () => {} }))
    await scene.store.append({ category: "counter", id: "a" }, [
      counted({ n: 1 }, { metadata: { actor: "me" } }),
    ])
    await subscription.waitFor(1)
    const handled = observer.named("handle")
    expect(handled).toMatchObject([{ subject: "seen", eventCount: 1, eventTypes: ["counted"] }])
    expect(handled[0]?.causes).toMatchObject([{ actor: "me" }])
    expect(observer.named("page").length).toBeGreaterThan(0)
    for (const page of observer.named("page")) expect(page.subject).toBe("seen")
  })

  it("sees retries, parking and changes of leases", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    const subscription = await scene.run(
      defineSubscription("failing", {
        events: [counted],
        onFailure: "park",
        retry: { attempts: 3, delayMs: 10 },
        handle: () => Promise.reject(new Error("no")),
      }),
    )
    const event = counted({ n: 1 }, { metadata: { actor: "me" } })
    const { position } = await scene.store.append({ category: "counter", id: "a" }, [event])
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    for (const name of ["retry", "park"] as const)
      for (const { causes } of observer.named(name)) expect(causes).toMatchObject([{ actor: "me" }])
    await eventually(() => expect(observer.named("park")).toMatchObject([{ subject: "failing" }]))
    expect(observer.named("retry")).toHaveLength(2)
    expect(observer.named("lease").length).toBeGreaterThan(0)
    for (const name of ["retry", "lease"] as const) {
      for (const operation of observer.named(name)) expect(operation.subject).toBe("failing")
    }
  })

  it("sees that a handler was given up, and at once, though it never ends", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    const handle = () => new Promise<never>(() => {})
    const retry = { attempts: 1 }
    const hangs = { events: [counted], timeoutMs: 100, retry, onFailure: "park" } as const
    const one = await scene.run(defineSubscription("one", { ...hangs, handle }))
    const batch = await scene.run(defineSubscription("batch", { ...hangs, handleBatch: handle }))
    const position = await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () =>
      [one, batch].every((subscription) => subscription.status().position === position),
    )
    const timeout = expect.objectContaining({ code: "HANDLER_TIMEOUT" })
    expect(observer.failures).toEqual([
      ["handle", timeout],
      ["handle", timeout],
    ])
  })

  it("gets measurements of lag, of what was handled and of failures, which aren't nothing", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    await count(scene.store, "a", ...upTo(20))
    await scene.clock.advance(60_000)
    const subscription = await scene.run(
      defineSubscription("measured", {
        events: [counted],
        onFailure: "park",
        pageSize: 5,
        retry: { attempts: 2, delayMs: 10 },
        handle: ({ data }) => {
          if (data.n === 12) throw new Error("no")
        },
      }),
    )
    await advanceUntil(scene.clock, () => subscription.status().position === 20)
    for (const _ of upTo(30)) await scene.clock.advance(1000)
    await settle()
    const most = new Map<string, number>()
    for (const { name, value, attributes } of observer.measurements) {
      if (!name.startsWith("subscription.")) continue
      expect(Object.values(attributes ?? {})).toContain("measured")
      most.set(name, Math.max(value, most.get(name) ?? 0))
    }
    const about = (word: string) => [...most].filter(([name]) => name.includes(word))
    expect(about("lag")).not.toEqual([])
    expect(Math.max(...about("lag.ms").map(([, value]) => value))).toBeGreaterThanOrEqual(60_000)
    for (const word of ["lag", "handled", "retried", "parked"]) {
      expect([word, about(word).some(([, value]) => value > 0)]).toEqual([word, true])
    }
  })
})

it("tells of whose tenant a measurement is, as names are the same for all of them", async () => {
  const observer = createRecordingObserver()
  await using scene = openMemoryScene({ observer })
  for (const tenant of ["north", "south"]) {
    const store = scene.store.forTenant(tenant)
    const same = defineSubscription("same", { events: [counted], handle: () => {} })
    const subscription = await scene.run(same, { store })
    await subscription.waitFor(await count(store, "a", 1))
    const relay = scene.keep(createOutboxRelay(store, { name: "mails", send: () => {} }))
    await relay.start()
    await store.outbox.add([{ id: randomUUID(), topic: "mail", body: "hello" }])
    await advanceUntil(scene.clock, () => relay.status().sent === 1)
  }
  for (const [name, by] of [
    ["subscription.slots.gained", { subscription: "same" }],
    ["subscription.handled", { subscription: "same" }],
    ["outbox.sent", { relay: "mails" }],
  ] as const) {
    for (const tenant of ["north", "south"]) {
      const told = expect.objectContaining({ name, attributes: { ...by, tenant } })
      expect(observer.measurements).toContainEqual(told)
    }
  }
})

describe("the lag that an observer is told", () => {
  it("counts positions to the end of the log, and is nothing when all is handled", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    await count(scene.store, "a", ...upTo(20))
    const subscription = await scene.run(
      defineSubscription("behind", { events: [counted], pageSize: 5, handle: () => {} }),
    )
    await subscription.waitFor(20)
    const positions = () =>
      observer.measurements
        .filter(({ name }) => name === "subscription.lag.positions")
        .map(({ value }) => value)
    await advanceUntil(scene.clock, () => positions().at(-1) === 0)
    expect(Math.max(...positions())).toBeGreaterThanOrEqual(5)
    expect(Math.max(...positions())).toBeLessThanOrEqual(20)
  })

  it("grows while a handler fails", async () => {
    const observer = createRecordingObserver()
    await using scene = openMemoryScene({ observer })
    await scene.run(
      defineSubscription("failing", {
        events: [counted],
        retry: { attempts: 10, delayMs: 1_000, maxDelayMs: 1_000 },
        handle: () => Promise.reject(new Error("no")),
      }),
    )
    await count(scene.store, "a", 1)
    // Read ahead, it brings nothing that is to be handled.
    await scene.store.append({ category: "other", id: "b" }, [defineEvent("other", type<object>())({})])
    const ages = () =>
      observer.measurements.filter(({ name }) => name === "subscription.lag.ms").map(({ value }) => value)
    await advanceUntil(scene.clock, () => (ages().at(-1) ?? 0) >= 3_000)
  })
})

describe("a subscription without an observer", () => {
  it("runs all the same", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(defineSubscription("s", { events: [counted], handle: () => {} }))
    await subscription.waitFor(await count(scene.store, "a", 1))
  })
})

import { describe, expect, it } from "vitest"
import {
  createSubscriptionManager,
  defineSubscription,
  type SubscriptionDefinition,
} from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { createGate, eventually, failureOf, settle } from "../subjects/waiting.ts"

const names = upTo(10).map((n) => `projection-${n}`)

const define = (
  name: string,
  handle: (one: string) => void | Promise<void> = () => {},
): SubscriptionDefinition =>
  defineSubscription(name, { events: [counted], pageSize: 20, handle: (event) => handle(label(event)) })

describe("ten subscriptions of one manager", () => {
  it("don't read the log ten times, neither what is there nor what comes", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(200))
    const seen = new Map(names.map((name) => [name, [] as string[]]))
    const subscriptions = names.map((name) => define(name, (one) => void seen.get(name)?.push(one)))
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions }))
    await manager.start()
    await manager.waitFor(200)
    const read = () => scene.reads.reduce((sum, { page }) => sum + page.events.length, 0)
    expect(read()).toBeLessThan(3 * 200)
    const before = { events: read(), pages: scene.reads.length }
    for (const n of upTo(20)) await manager.waitFor(await count(scene.store, "b", n))
    expect(read() - before.events).toBeLessThan(3 * 20)
    expect(scene.reads.length - before.pages).toBeLessThan(10 * 20)
    const expected = [...upTo(200).map((n) => `a${n}`), ...upTo(20).map((n) => `b${n}`)]
    for (const labels of seen.values()) expect(labels).toEqual(expected)
  })

  it("read nothing twice over while nothing happens", async () => {
    await using scene = openMemoryScene()
    const manager = scene.keep(
      createSubscriptionManager(scene.store, { subscriptions: names.map((name) => define(name)) }),
    )
    await manager.start()
    await manager.waitFor(await count(scene.store, "a", 1))
    await settle()
    const before = scene.looks()
    for (const _ of upTo(100)) await scene.clock.advance(1000)
    expect(scene.looks() - before).toBeLessThan(300)
  })

  it("each go at their own pace: a slow one holds no other back, and no more than a page or two for itself", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const slow = define("slow", () => gate.pass())
    const quick = define("quick", (one) => void seen.push(one))
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions: [slow, quick] }))
    await manager.start()
    for (const n of upTo(50)) await count(scene.store, "a", 10 * n, 10 * n + 1)
    await eventually(() => expect(seen).toHaveLength(100))
    expect(manager.subscription("slow").status().handled).toBe(0)
    gate.open()
    await manager.waitFor(100)
    expect(manager.subscriptions.map((one) => one.status().handled)).toEqual([100, 100])
  })
})

describe("what a manager refuses", () => {
  it("two subscriptions of one name", () => {
    const scene = openMemoryScene()
    const subscriptions = [define("same"), define("other"), define("same")]
    expect(() => createSubscriptionManager(scene.store, { subscriptions })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining("same") }),
    )
  })

  it("a name that it doesn't know", async () => {
    await using scene = openMemoryScene()
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions: [define("one")] }))
    const unknown = expect.objectContaining({
      code: "INVALID_OPTION",
      message: expect.stringContaining("two"),
    })
    expect(() => manager.pause("two")).toThrow(unknown)
    expect(() => manager.resume("two")).toThrow(unknown)
  })
})

describe("stopping a manager", () => {
  it("is at once, whatever its subscriptions are at", async () => {
    await using scene = openMemoryScene()
    const retrying = defineSubscription("retrying", {
      events: [counted],
      retry: { delayMs: 3_600_000 },
      handle: () => Promise.reject(new Error("no")),
    })
    const failed = defineSubscription("failed", {
      events: [counted],
      retry: { attempts: 1 },
      handle: () => Promise.reject(new Error("no")),
    })
    const subscriptions = [retrying, failed, define("idle"), define("paused")]
    const manager = scene.keep(createSubscriptionManager(scene.store, { subscriptions }))
    await manager.start()
    manager.pause("paused")
    await count(scene.store, "a", 1)
    await eventually(() => {
      expect(manager.status().map(({ state }) => state)).toEqual(["retrying", "failed", "live", "paused"])
    })
    const waiting = failureOf(manager.waitFor(1))
    await manager.stop() // the clock stands still
    await manager.stop()
    expect((await waiting).code).toBe("SUBSCRIPTION_FAILED")
    expect(scene.clock.sleepers).toBe(0)
  })
})

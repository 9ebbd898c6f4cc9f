import { createSubscription, defineSubscription, type SubscriptionDefinition } from "@annals/subscriptions"
import { expect, it } from "vitest"
import { openScene, place, type Scene, settle, upTo } from "./scene.ts"

const mails = { "annals.subscription": "mails" }

function run(scene: Scene, definition: SubscriptionDefinition): Promise<void> {
  return scene.use(createSubscription(scene.store, definition, { random: () => 0 })).start()
}

/** What subscriptions measure while they work, fail, and are behind. */
export function metricsOfSubscriptions(seen: Set<string>): void {
  it("a subscription that is behind: how far in positions and in time, and nothing once it has caught up", async () => {
    await using scene = openScene(seen)
    const { store, clock, meters } = scene
    await place(store, "1", ...upTo(20))
    await clock.advance(60_000)
    const gate = Promise.withResolvers<void>()
    await run(
      scene,
      defineSubscription("mails", {
        categories: ["order"],
        pageSize: 5,
        handle: ({ version }) => (version === 8 ? gate.promise : undefined),
      }),
    )
    await settle(40)
    const behind = await meters.read()
    // It is at the 8th of 20, in a page that began with the 6th.
    expect(behind.gauge("annals.subscription.lag.positions", mails)).toBe(15)
    expect(behind.gauge("annals.subscription.lag.time", mails)).toBe(60)
    expect(behind.gauge("annals.subscription.slots", mails)).toBe(1024)

    gate.resolve()
    const level = await scene.until(({ gauge }) => gauge("annals.subscription.lag.positions", mails) === 0)
    expect(level.gauge("annals.subscription.lag.time", mails)).toBe(0)
    expect(level.count("annals.subscription.events", mails)).toBe(20)
    expect(level.count("annals.subscription.pages", mails)).toBeGreaterThanOrEqual(4)
    expect(level.histogram("annals.subscription.handler.duration", mails).count).toBe(20)
    expect(level.histogram("annals.subscription.handler.duration", mails).sum).toBeGreaterThan(0)
  })

  it("a rate that is that of late", async () => {
    await using scene = openScene(seen)
    const { store, clock, meters } = scene
    await run(scene, defineSubscription("mails", { categories: ["order"], handle: () => {} }))
    for (const second of upTo(20)) {
      await place(store, String(second), ...upTo(3))
      await scene.until(({ count }) => count("annals.subscription.events", mails) === second * 3)
      await clock.advance(900)
    }
    const rate = (await meters.read()).gauge("annals.subscription.rate", mails)
    expect(rate).toBeGreaterThan(2)
    expect(rate).toBeLessThan(4)
  })

  it("a lag that grows while a handler fails, whatever else wakes the subscription", async () => {
    await using scene = openScene(seen)
    const { store } = scene
    let isAway = true
    await run(
      scene,
      defineSubscription("mails", {
        categories: ["order"],
        retry: { attempts: 1_000, delayMs: 1_000, maxDelayMs: 1_000 },
        handle: () => {
          if (isAway) throw new RangeError("the mail server is away")
        },
      }),
    )
    const first = await place(store, "1", 1)
    await scene.until(({ count }) => count("annals.subscription.retries", mails) >= 1)
    const elsewhere = await store.append({ category: "visit", id: "1" }, [{ type: "seen", data: null }])
    expect(elsewhere.position).toBe(first + 1)
    await scene.until(({ count }) => count("annals.subscription.retries", mails) >= 31)

    const stuck = await scene.meters.read()
    expect(stuck.gauge("annals.subscription.lag.time", mails)).toBeGreaterThanOrEqual(29)
    expect(stuck.gauge("annals.subscription.lag.time", mails)).toBeLessThanOrEqual(33)
    expect(stuck.gauge("annals.subscription.lag.positions", mails)).toBe(2)
    expect(stuck.count("annals.subscription.events", mails)).toBe(0)
    const failed = { ...mails, "error.type": "RangeError" }
    const failures = stuck.count("annals.subscription.failures", mails)
    expect(failures).toBeGreaterThanOrEqual(31)
    expect(stuck.histogram("annals.subscription.handler.duration", failed).count).toBe(failures)

    isAway = false
    const level = await scene.until(({ gauge }) => gauge("annals.subscription.lag.time", mails) === 0)
    expect(level.gauge("annals.subscription.lag.positions", mails)).toBe(0)
    expect(level.count("annals.subscription.events", mails)).toBe(1)
  })

  it("dead letters, once the last attempt has failed", async () => {
    await using scene = openScene(seen)
    await run(
      scene,
      defineSubscription("mails", {
        categories: ["order"],
        onFailure: "park",
        retry: { attempts: 3, delayMs: 10 },
        handle: ({ stream }) => {
          if (stream.id === "bad") throw new Error("no")
        },
      }),
    )
    await place(scene.store, "bad", 1, 2)
    await place(scene.store, "good", 1)
    const readings = await scene.until(
      ({ count }) =>
        count("annals.subscription.dead_letters", mails) === 2 &&
        count("annals.subscription.events", mails) >= 1,
    )
    expect(readings.count("annals.subscription.failures", mails)).toBe(3)
    expect(readings.count("annals.subscription.retries", mails)).toBe(2)
    expect(await scene.store.deadLetters.list()).toHaveLength(2)
  })
}

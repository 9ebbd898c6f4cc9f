import { AnnalsError } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription, type SubscriptionSettings } from "../../src/index.ts"
import { count, counted, label } from "../subjects/counting.ts"
import { type MemoryScene, openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, eventually, settle } from "../subjects/waiting.ts"

/** A handler that throws what `fail` returns for each attempt, and the times of its attempts. */
function failing(
  scene: MemoryScene,
  settings: SubscriptionSettings,
  fail: (attempt: number, label: string) => unknown,
) {
  const attempts: { label: string; attempt: number; at: number }[] = []
  const definition = defineSubscription("s", {
    ...settings,
    events: [counted],
    handle: (event, { attempt }) => {
      attempts.push({ label: label(event), attempt, at: scene.clock.now() })
      const error = fail(attempts.length, label(event))
      if (error !== undefined) throw error
    },
  })
  return { attempts, definition }
}

const no = new Error("no")
const lost = new AnnalsError("STORE_UNAVAILABLE", "the connection was lost", { retryable: true })

describe("an event that failed", () => {
  it.for([
    ["with no jitter", 0, [100, 200, 400, 500]],
    ["with all jitter", 1 - Number.EPSILON, [50, 100, 200, 250]],
  ] as const)(
    "is tried again after a delay that doubles, up to the longest (%s)",
    async ([, random, delays]) => {
      await using scene = openMemoryScene()
      const retry = { attempts: 5, delayMs: 100, maxDelayMs: 500 }
      const { attempts, definition } = failing(scene, { retry }, (time) => (time < 5 ? no : undefined))
      await scene.run(definition, { random: () => random })
      await count(scene.store, "a", 1)
      await eventually(() => expect(attempts).toHaveLength(1))
      for (const [index, delay] of delays.entries()) {
        await settle()
        await scene.clock.advance(delay - 1)
        await settle()
        expect(attempts).toHaveLength(index + 1)
        await scene.clock.advance(1)
        await eventually(() => expect(attempts).toHaveLength(index + 2))
      }
      expect(attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
    },
  )

  it("is waited for: nothing behind it is handled, not of other streams either", async () => {
    await using scene = openMemoryScene()
    const { attempts, definition } = failing(scene, {}, (time) => (time < 4 ? no : undefined))
    await count(scene.store, "a", 1)
    await count(scene.store, "b", 1)
    const subscription = await scene.run(definition)
    await advanceUntil(scene.clock, () => subscription.status().handled === 2)
    expect(attempts.map((one) => `${one.label} ${one.attempt}`)).toEqual([
      "a1 1",
      "a1 2",
      "a1 3",
      "a1 4",
      "b1 1",
    ])
  })

  it("shows in the status while it waits for its next attempt", async () => {
    await using scene = openMemoryScene()
    const { definition } = failing(scene, {}, (time) => (time < 2 ? no : undefined))
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1)
    await eventually(() => expect(subscription.status()).toMatchObject({ state: "retrying", lastError: no }))
    await advanceUntil(scene.clock, () => subscription.status().state === "live")
    expect(subscription.status()).toMatchObject({ handled: 1, retried: 1, failed: 1, parked: 0 })
  })

  it("fails for good at once where trying again is pointless", async () => {
    await using scene = openMemoryScene()
    const isPermanent = (error: unknown) => error === no
    const { attempts, definition } = failing(scene, { retry: { isPermanent } }, () => no)
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1)
    await expect(subscription.done).rejects.toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: no })
    expect(attempts).toHaveLength(1)
  })
})

describe("an error that isn't the event's fault", () => {
  it.for(["stop", "park"] as const)(
    "is tried again without an end, and doesn't count (%s)",
    async (onFailure) => {
      await using scene = openMemoryScene()
      const retry = { attempts: 2, delayMs: 10, maxDelayMs: 100 }
      const { attempts, definition } = failing(scene, { retry, onFailure }, (time) =>
        time < 30 ? lost : undefined,
      )
      const subscription = await scene.run(definition)
      const position = await count(scene.store, "a", 1)
      await advanceUntil(scene.clock, () => subscription.status().position === position)
      expect(attempts).toHaveLength(30)
      expect(subscription.status()).toMatchObject({ handled: 1, parked: 0 })
    },
  )

  it("leaves the count of real failures as it was", async () => {
    await using scene = openMemoryScene()
    const errors = [no, lost, lost, no, lost, no]
    const { attempts, definition } = failing(
      scene,
      { retry: { attempts: 4, delayMs: 10 }, onFailure: "park" },
      (time) => errors[time - 1],
    )
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    expect(attempts).toHaveLength(7)
    expect(subscription.status()).toMatchObject({ handled: 1, parked: 0 })
  })
})

describe("a store that can't be read", () => {
  it("is tried again until it can, with the error in the status", async () => {
    await using scene = openMemoryScene()
    const { attempts, definition } = failing(scene, {}, () => undefined)
    const subscription = await scene.run(definition)
    await eventually(() => expect(subscription.status().state).toBe("live"))
    scene.faults.fail("readAll", "before", { times: 25 })
    await count(scene.store, "a", 1)
    await eventually(() => {
      expect(subscription.status().lastError).toMatchObject({ code: "STORE_UNAVAILABLE" })
    })
    await advanceUntil(scene.clock, () => attempts.length === 1, { stepMs: 5_000, limitMs: 3_600_000 })
    expect(subscription.status()).toMatchObject({ handled: 1 })
  })

  it("isn't asked without a pause", async () => {
    await using scene = openMemoryScene()
    const { definition } = failing(scene, {}, () => undefined)
    const subscription = await scene.run(definition)
    await eventually(() => expect(subscription.status().state).toBe("live"))
    scene.faults.fail("readAll", "before", { times: 1000 })
    const before = scene.looks()
    await count(scene.store, "a", 1)
    await settle(200)
    expect(scene.looks() - before).toBeLessThan(10) // the clock stands still
  })
})

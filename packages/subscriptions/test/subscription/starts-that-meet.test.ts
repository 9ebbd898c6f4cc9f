import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, createGate, failureOf, settle } from "../subjects/waiting.ts"

const idle = defineSubscription("idle", { events: [counted], handle() {} })

describe("a start", () => {
  it("fails for all who asked for it where the store can't be opened", async () => {
    await using scene = openMemoryScene()
    const subscription = scene.create(idle)
    await scene.store.close()
    const failures = await Promise.all([failureOf(subscription.start()), failureOf(subscription.start())])
    expect(failures.map(({ code }) => code)).toEqual(["CLOSED", "CLOSED"])
    expect(subscription.status().state).toBe("stopped")
  })

  it("that comes during a stop waits for it, and then runs", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const subscription = await scene.run(
      defineSubscription("slow", {
        events: [counted],
        handle: async (event) => {
          if (label(event) === "a1") await gate.pass()
          seen.push(label(event))
        },
      }),
    )
    await count(scene.store, "a", 1)
    await gate.reached
    const stopping = subscription.stop()
    let isStarted = false
    const starting = subscription.start().then(() => {
      isStarted = true
    })
    await settle()
    expect(isStarted).toBe(false)
    gate.open()
    await Promise.all([stopping, starting])
    await subscription.waitFor(await count(scene.store, "a", 2))
    expect(seen).toEqual(["a1", "a2"])
    expect(subscription.status()).toMatchObject({ state: "live", slots: 1024 })
  })

  it("that waits for a stop is over when another stop comes", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const subscription = await scene.run(
      defineSubscription("slow", {
        events: [counted],
        handle: async (event) => {
          if (label(event) === "a1") await gate.pass()
          seen.push(label(event))
        },
      }),
    )
    await count(scene.store, "a", 1)
    await gate.reached
    const calls = [subscription.stop(), subscription.start(), subscription.stop()]
    gate.open()
    await Promise.all(calls)
    await count(scene.store, "a", 2)
    await settle()
    expect(subscription.status()).toMatchObject({ state: "stopped", slots: 0 })
    expect(seen).toEqual(["a1"])
  })

  it("right after a failure waits until the leases of the former run are given back", async () => {
    await using scene = openMemoryScene()
    let isBroken = true
    let isLeaving = false
    const gate = createGate()
    const { leases } = scene.store
    const leave: typeof leases.leave = async (...given) => {
      isLeaving = true
      await gate.pass()
      return leases.leave(...given)
    }
    const seen: string[] = []
    const subscription = scene.create(
      defineSubscription("broken", {
        events: [counted],
        retry: { attempts: 1 },
        handle: (event) => {
          if (isBroken) throw new Error("broken")
          seen.push(label(event))
        },
      }),
      { store: { ...scene.store, leases: { ...leases, leave } } },
    )
    await subscription.start()
    await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () => isLeaving)
    expect(subscription.status().state).toBe("failed")
    isBroken = false
    const starting = subscription.start()
    await settle()
    expect(seen).toEqual([])
    gate.open()
    await starting
    await subscription.waitFor(1)
    expect(seen).toEqual(["a1"])
    expect(subscription.status().slots).toBe(1024)
  })
})

describe("a store that is closed while a subscription asks for its leases for the first time", () => {
  it("ends it, and the start with it", async () => {
    await using scene = openMemoryScene()
    const { leases } = scene.store
    let isAsked = false
    const gate = createGate()
    const heartbeat: typeof leases.heartbeat = async (...given) => {
      isAsked = true
      await gate.pass()
      return leases.heartbeat(...given)
    }
    const subscription = scene.create(idle, {
      store: { ...scene.store, leases: { ...leases, heartbeat } },
    })
    const starting = failureOf(subscription.start())
    await advanceUntil(scene.clock, () => isAsked)
    await scene.store.close()
    gate.open()
    expect(await starting).toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: { code: "CLOSED" } })
    expect(subscription.status().state).toBe("failed")
  })
})

describe("times to wait that make no sense", () => {
  it("are refused", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(idle)
    for (const timeoutMs of [Number.NaN, -1]) {
      const refused = { code: "INVALID_OPTION", path: "timeoutMs" }
      expect(await failureOf(subscription.waitFor(1, { timeoutMs }))).toMatchObject(refused)
      expect(await failureOf(subscription.stop({ timeoutMs }))).toMatchObject(refused)
    }
  })
})

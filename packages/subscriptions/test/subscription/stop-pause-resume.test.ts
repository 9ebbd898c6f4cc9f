import { describe, expect, it } from "vitest"
import { defineSubscription, type Subscription } from "../../src/index.ts"
import { count, counted, label, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { advanceUntil, createGate, eventually, settle } from "../subjects/waiting.ts"

const idle = defineSubscription("s", { events: [counted], handle: () => {} })

const inState = (subscription: Subscription, state: string) =>
  eventually(() => expect(subscription.status().state).toBe(state))

/** The clock stands still in all of these: whoever waits for it would wait for ever. */
describe("stop, at once", () => {
  it("in a backoff", async () => {
    await using scene = openMemoryScene()
    const definition = defineSubscription("s", {
      events: [counted],
      retry: { delayMs: 3_600_000, maxDelayMs: 3_600_000 },
      handle: () => Promise.reject(new Error("no")),
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1)
    await inState(subscription, "retrying")
    await subscription.stop()
    expect(subscription.status().state).toBe("stopped")
  })

  it("in a backoff because the store can't be read", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(idle)
    await inState(subscription, "live")
    scene.faults.fail("readAll", "before", { times: 1000 })
    await count(scene.store, "a", 1)
    await eventually(() => expect(subscription.status().lastError).toBeDefined())
    await subscription.stop()
  })

  it("in a poll", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(idle, { pollIntervalMs: 3_600_000 })
    await inState(subscription, "live")
    await subscription.stop()
    await subscription.done
  })

  it("while paused", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(idle)
    await count(scene.store, "a", 1)
    subscription.pause()
    await inState(subscription, "paused")
    await subscription.stop()
    expect(subscription.status().state).toBe("stopped")
  })

  it("while standing by", async () => {
    await using scene = openMemoryScene()
    await scene.run(idle)
    const second = await scene.run(idle)
    await inState(second, "standing-by")
    await second.stop()
  })

  it("before it was started, while it starts, and twice", async () => {
    await using scene = openMemoryScene()
    const subscription = scene.create(idle)
    await subscription.stop()
    const starting = subscription.start().catch(() => {})
    await Promise.all([subscription.stop(), subscription.stop()])
    await starting
    await subscription.stop()
    expect(subscription.status().state).toBe("stopped")
  })
})

describe("stop, with a handler at work", () => {
  it("waits for the handler, saves, and hands over nothing more", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      handle: async (event) => {
        await gate.pass()
        seen.push(label(event))
      },
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", ...upTo(5))
    await gate.reached
    let isStopped = false
    const stopping = subscription.stop().then(() => {
      isStopped = true
    })
    await settle()
    expect([isStopped, subscription.status().state]).toEqual([false, "stopping"])
    gate.open()
    await stopping
    expect(seen).toEqual(["a1"])
    const [checkpoint] = await scene.store.checkpoints.load("s")
    expect(checkpoint?.position).toBe(1)
  })

  it.for([true, false])(
    "leaves behind one that takes too long: aborted, and nothing of it counts (transactional: %s)",
    async (transactional) => {
      await using scene = openMemoryScene()
      let signal: AbortSignal | undefined
      const handle = async (_event: unknown, context: { readonly signal: AbortSignal }) => {
        signal = context.signal
        await new Promise(() => {})
      }
      const definition = transactional
        ? defineSubscription("s", {
            events: [counted],
            transactional: true,
            timeoutMs: 3_600_000,
            handle: async (event, context) => {
              await context.unitOfWork.readModels.save("m", "row", {})
              await handle(event, context)
            },
          })
        : defineSubscription("s", { events: [counted], timeoutMs: 3_600_000, handle })
      const subscription = await scene.run(definition)
      await count(scene.store, "a", 1)
      await eventually(() => expect(signal).toBeDefined())
      let isStopped = false
      const stopping = subscription.stop({ timeoutMs: 1000 }).then(() => {
        isStopped = true
      })
      await settle()
      await scene.clock.advance(999)
      await settle()
      expect([isStopped, signal?.aborted]).toEqual([false, false])
      await scene.clock.advance(1)
      await stopping
      expect(signal?.aborted).toBe(true)
      expect(await scene.store.checkpoints.load("s")).toEqual([])
      expect(await scene.store.readModels.get("m", "row")).toBeUndefined()
    },
  )

  it("lets it be started again, from the event that it was at", async () => {
    await using scene = openMemoryScene()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      timeoutMs: 3_600_000,
      handle: async (event) => {
        seen.push(label(event))
        if (seen.length === 2) await new Promise(() => {})
      },
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", 1, 2, 3)
    await eventually(() => expect(seen).toHaveLength(2))
    const stopping = subscription.stop({ timeoutMs: 10 })
    await settle()
    await scene.clock.advance(10)
    await stopping
    await subscription.start()
    await advanceUntil(scene.clock, () => seen.at(-1) === "a3")
    expect(seen).toEqual(["a1", "a2", "a2", "a3"])
  })
})

describe("pause", () => {
  it("lets the handler that runs finish, hands over nothing more, and saves", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      handle: async (event) => {
        if (event.data.n === 2) await gate.pass()
        seen.push(label(event))
      },
    })
    const subscription = await scene.run(definition)
    await count(scene.store, "a", ...upTo(5))
    await gate.reached
    subscription.pause()
    subscription.pause()
    gate.open()
    await inState(subscription, "paused")
    await count(scene.store, "a", 6)
    await advanceBy(scene.clock, 60_000)
    expect(seen).toEqual(["a1", "a2"])
    const [checkpoint] = await scene.store.checkpoints.load("s")
    expect(checkpoint?.position).toBe(2)
    subscription.resume()
    subscription.resume()
    await subscription.waitFor(6)
    expect(seen).toEqual(upTo(6).map((n) => `a${n}`))
    expect(subscription.status().handled).toBe(6)
  })

  it("holds from the very start when it was called before, or while it starts", async () => {
    await using scene = openMemoryScene()
    const position = await count(scene.store, "a", 1)
    for (const when of ["before", "while"]) {
      const seen: string[] = []
      const definition = defineSubscription(when, {
        events: [counted],
        handle: (event) => void seen.push(label(event)),
      })
      const subscription = scene.create(definition)
      if (when === "before") subscription.pause()
      const started = subscription.start()
      subscription.pause()
      await started
      expect(subscription.status().state).toBe("paused")
      subscription.resume()
      await subscription.waitFor(position)
      expect(seen).toEqual(["a1"])
    }
  })

  it("keeps its place among the instances", async () => {
    await using scene = openMemoryScene()
    const first = await scene.run(idle, { instance: "first" })
    await inState(first, "live")
    const second = await scene.run(idle, { instance: "second" })
    first.pause()
    await inState(first, "paused")
    await count(scene.store, "a", 1)
    await advanceBy(scene.clock, 60_000)
    expect([first.status().slots, second.status().slots]).toEqual([1024, 0])
    expect(second.status()).toMatchObject({ state: "standing-by", handled: 0 })
  })

  it("ends a backoff, and so does resume", async () => {
    await using scene = openMemoryScene()
    const attempts: number[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      retry: { delayMs: 1000 },
      handle: (_event, { attempt }) => {
        attempts.push(attempt)
        if (attempts.length === 1) throw new Error("no")
      },
    })
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1)
    await inState(subscription, "retrying")
    subscription.pause()
    await inState(subscription, "paused")
    await advanceBy(scene.clock, 60_000)
    expect(attempts).toHaveLength(1)
    subscription.resume()
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    expect(attempts).toHaveLength(2)
  })
})

async function advanceBy(clock: { advance(ms: number): Promise<void> }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1000) {
    await settle(3)
    await clock.advance(1000)
  }
}

describeStores("start and stop, in turns", (open) => {
  it("hand over everything once, whatever moment they come at", async () => {
    await using scene = await open()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      pageSize: 3,
      handle: async (event) => void seen.push(label(event)),
    })
    const subscription = scene.create(definition)
    await count(scene.store, "a", ...upTo(30))
    for (const target of [1, 4, 9, 11, 20]) {
      await subscription.start()
      await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(target))
      await subscription.stop()
    }
    await subscription.start()
    await subscription.waitFor(await scene.store.head())
    expect(seen).toEqual(upTo(30).map((n) => `a${n}`))
  })

  it("can be disposed of, which is a stop", async () => {
    await using scene = await open()
    const subscription = await scene.run(idle)
    const { done } = subscription
    await subscription[Symbol.asyncDispose]()
    await done
    expect(subscription.status()).toMatchObject({ state: "stopped", slots: 0 })
  })
})

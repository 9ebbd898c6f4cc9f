import { type RecordedEvent, streamId, withContext } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription, type HandlerContext } from "../../src/index.ts"
import { count, counted, label, labels, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, createGate, eventually, settle } from "../subjects/waiting.ts"

const retry = { delayMs: 0 }

describe("a handler of events", () => {
  it("gets one at a time, the next when it is through with the one before", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(10))
    let running = 0
    let most = 0
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      pageSize: 3,
      handle: async (event) => {
        most = Math.max(most, ++running)
        await settle(1)
        seen.push(label(event))
        running--
      },
    })
    const subscription = await scene.run(definition)
    await subscription.waitFor(10)
    expect(most).toBe(1)
    expect(seen).toEqual(upTo(10).map((n) => `a${n}`))
  })

  it("is told the subscription's name, a first attempt, a signal that isn't aborted and that nothing is replayed", async () => {
    await using scene = openMemoryScene()
    const contexts: HandlerContext[] = []
    const handle = (_event: unknown, context: HandlerContext) => void contexts.push(context)
    const subscription = await scene.run(defineSubscription("told", { events: [counted], handle }))
    await subscription.waitFor(await count(scene.store, "a", 1))
    expect(contexts).toMatchObject([{ subscription: "told", attempt: 1, replayed: false }])
    expect(contexts[0]?.signal.aborted).toBe(false)
  })

  it("runs as a consequence of its event, neither in the context of whoever appended it nor of whoever started the subscription", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const definition = defineSubscription("s", {
      events: [counted],
      handle: async () => void (await store.append(streamId("effect", "e"), [{ type: "done", data: null }])),
    })
    const subscription = scene.create(definition)
    await withContext({ actor: "who started it", correlationId: "its start" }, () => subscription.start())
    await subscription.waitFor(await withContext({ actor: "who appended" }, () => count(store, "a", 1)))
    const [cause, effect] = await store.readAll().toArray()
    expect(effect?.metadata).toEqual({ correlationId: cause?.id, causationId: cause?.id })
  })

  it.for<[string, () => void | Promise<void>, unknown]>([
    [
      "throws",
      () => {
        throw new Error("no")
      },
      expect.objectContaining({ message: "no" }),
    ],
    ["rejects", () => Promise.reject(new Error("no")), expect.objectContaining({ message: "no" })],
    [
      "throws what is no error",
      () => {
        throw "no"
      },
      "no",
    ],
    [
      "throws nothing",
      () => {
        throw undefined
      },
      undefined,
    ],
  ])("has failed when it %s, and gets the event again", async ([, fail, error]) => {
    await using scene = openMemoryScene()
    const attempts: number[] = []
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        retry,
        handle: (_event, { attempt }) => {
          attempts.push(attempt)
          if (attempt < 3) return fail()
        },
      }),
    )
    const position = await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () => attempts.length === 3)
    await subscription.waitFor(position)
    expect(attempts).toEqual([1, 2, 3])
    expect(subscription.status()).toMatchObject({ handled: 1, retried: 2, lastError: error })
  })
})

describe("a handler of batches", () => {
  it("gets no more than a page at a time, in order, everything once", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(23))
    const batches: string[][] = []
    const handleBatch = (events: readonly RecordedEvent[]) => void batches.push(labels(events))
    const subscription = await scene.run(
      defineSubscription("s", { events: [counted], handleBatch, pageSize: 5 }),
    )
    await subscription.waitFor(23)
    expect(batches.flat()).toEqual(upTo(23).map((n) => `a${n}`))
    expect(Math.max(...batches.map(({ length }) => length))).toBe(5)
    expect(subscription.status().handled).toBe(23)
  })

  it("gets the events of a failed batch one by one, so that only the one to blame fails", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", 1, 2)
    await count(scene.store, "b", 3)
    await count(scene.store, "c", 4, 5)
    const handled: string[] = []
    const failed: string[][] = []
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        retry: { ...retry, attempts: 2 },
        onFailure: "park",
        handleBatch: (events) => {
          if (!events.some(({ data }) => data.n === 3)) return void handled.push(...labels(events))
          failed.push(labels(events))
          throw new Error("three")
        },
      }),
    )
    await advanceUntil(scene.clock, () => subscription.status().position === 5)
    expect(handled).toEqual(["a1", "a2", "c4", "c5"])
    expect(failed[0]?.length).toBeGreaterThan(1)
    expect(failed.slice(1).every(({ length }) => length === 1)).toBe(true)
    expect(await subscription.deadLetters.list()).toMatchObject([
      { position: 3, failure: { message: "three" } },
    ])
  })
})

describe("the events of a failed batch", () => {
  it("each have all their attempts", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(4))
    const failures = new Map<number, number>()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        retry: { ...retry, attempts: 3 },
        onFailure: "park",
        handleBatch: (events) => {
          if (events.length > 1) throw new Error("no batch")
          const n = events[0]?.data.n ?? 0
          failures.set(n, (failures.get(n) ?? 0) + 1)
          if (failures.get(n) !== 3) throw new Error("not yet")
        },
      }),
    )
    await advanceUntil(scene.clock, () => subscription.status().position === 4)
    expect([...failures]).toEqual(upTo(4).map((n) => [n, 3]))
    expect(subscription.status()).toMatchObject({ handled: 4, parked: 0 })
  })
})

describe("a handler that takes too long", () => {
  it("has its signal aborted and has failed, when its deadline is over and not before", async () => {
    await using scene = openMemoryScene()
    const signals: AbortSignal[] = []
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        timeoutMs: 1000,
        retry: { delayMs: 0 },
        handle: (_event, { signal, attempt }) => {
          signals.push(signal)
          return attempt === 1 ? new Promise(() => {}) : undefined
        },
      }),
    )
    const position = await count(scene.store, "a", 1)
    await eventually(() => expect(signals).toHaveLength(1))
    await scene.clock.advance(999)
    await settle()
    expect([signals[0]?.aborted, signals.length]).toEqual([false, 1])
    await scene.clock.advance(1)
    expect(signals[0]?.aborted).toBe(true)
    expect(signals[0]?.reason).toMatchObject({ code: "HANDLER_TIMEOUT" })
    await advanceUntil(scene.clock, () => signals.length === 2)
    await subscription.waitFor(position)
    expect(signals[1]?.aborted).toBe(false)
    expect(subscription.status().lastError).toMatchObject({ code: "HANDLER_TIMEOUT" })
  })

  it("has no say any more: its late result counts for nothing", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const attempts: string[] = []
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        timeoutMs: 1000,
        retry,
        handle: async (event, { attempt }) => {
          attempts.push(`${label(event)} ${attempt}`)
          if (event.data.n !== 1 || attempt > 1) return
          await gate.pass()
          throw new Error("too late")
        },
      }),
    )
    await count(scene.store, "a", 1)
    await gate.reached
    await advanceUntil(scene.clock, () => attempts.length === 2)
    gate.open()
    await subscription.waitFor(await count(scene.store, "a", 2))
    expect(attempts).toEqual(["a1 1", "a1 2", "a2 1"])
    expect(subscription.status()).toMatchObject({ handled: 2, retried: 1 })
  })

  it("commits nothing late, if it is transactional", async () => {
    await using scene = openMemoryScene()
    const late: unknown[] = []
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        timeoutMs: 1000,
        retry,
        handle: async (_event, { unitOfWork, attempt, signal }) => {
          await unitOfWork.readModels.save("attempts", String(attempt), {})
          if (attempt > 1) return
          await new Promise((resolve) => signal.addEventListener("abort", resolve))
          await settle()
          await unitOfWork.readModels.save("attempts", "late", {}).catch((error: unknown) => late.push(error))
        },
      }),
    )
    const position = await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    await eventually(() => expect(late).toMatchObject([{ code: "CLOSED" }]))
    const { rows } = await scene.store.readModels.find("attempts")
    expect(rows.map(({ id }) => id)).toEqual(["2"])
  })
})

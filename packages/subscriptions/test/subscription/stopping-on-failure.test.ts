import { describe, expect, it } from "vitest"
import { defineSubscription, type SubscriptionDefinition } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually, failureOf, settle } from "../subjects/waiting.ts"

const no = new Error("no")

/** Handles everything but what `takes` says it can't. */
function picky(seen: string[], takes: (label: string) => boolean): SubscriptionDefinition {
  return defineSubscription("picky", {
    events: [counted],
    retry: { attempts: 3, delayMs: 1 },
    handle: (event) => {
      seen.push(label(event))
      if (!takes(label(event))) throw no
    },
  })
}

describeStores("a subscription that can't handle an event", (open) => {
  it("stops before it, says so, and has saved what it did", async () => {
    await using scene = await open()
    await count(scene.store, "a", 1)
    const before = await count(scene.store, "b", 1)
    await count(scene.store, "a", 2)
    await count(scene.store, "c", 1)
    const seen: string[] = []
    const subscription = await scene.run(picky(seen, (one) => one !== "a2"))
    const error = await failureOf(subscription.done)
    expect(error).toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: no })
    expect(error.message).toContain("picky")
    expect(seen).toEqual(["a1", "b1", "a2", "a2", "a2"])
    expect(subscription.status()).toMatchObject({ state: "failed", handled: 2, retried: 2, failed: 3 })
    expect([no, error]).toContain(subscription.status().lastError)
    await eventually(async () => {
      const [checkpoint] = await scene.store.checkpoints.load("picky")
      expect(checkpoint?.position).toBe(before)
    })
  })

  it("tries the event again when it is started again, and goes on once it can", async () => {
    await using scene = await open()
    const seen: string[] = []
    let isMended = false
    const subscription = await scene.run(picky(seen, (one) => isMended || one !== "a2"))
    const position = await count(scene.store, "a", 1, 2, 3)
    const first = subscription.done
    await failureOf(first)
    await subscription.start()
    expect(subscription.done).not.toBe(first)
    await failureOf(subscription.done)
    isMended = true
    await subscription.start()
    await subscription.waitFor(position)
    expect(seen).toEqual(["a1", "a2", "a2", "a2", "a2", "a2", "a2", "a2", "a3"])
    await subscription.stop()
    await subscription.done
  })

  it("is never stepped over by the success of what comes later", async () => {
    await using scene = await open()
    const seen: string[] = []
    const subscription = await scene.run(picky(seen, (one) => one !== "a1"))
    await count(scene.store, "a", 1)
    await failureOf(subscription.done)
    for (const n of [1, 2]) {
      await count(scene.store, "b", n)
      await subscription.start()
      await failureOf(subscription.done)
    }
    expect(new Set(seen)).toEqual(new Set(["a1"]))
    expect(await scene.store.checkpoints.load("picky")).toEqual([])
  })

  it("leaves what it had to an instance that stands by", async () => {
    await using scene = await open()
    const seen: string[] = []
    const first = await scene.run(picky([], (one) => one !== "a1"))
    const second = await scene.run(
      picky(seen, () => true),
      { store: scene.otherHandle(), leaseTtlMs: 600 },
    )
    const position = await count(scene.store, "a", 1)
    await failureOf(first.done)
    await second.waitFor(position)
    expect(seen).toEqual(["a1"])
  })

  it("leaves nothing of a transaction that failed, and keeps what went before", async () => {
    await using scene = await open()
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        retry: { attempts: 2, delayMs: 1 },
        handle: async (event, { unitOfWork }) => {
          await tally(unitOfWork, event)
          if (event.data.n === 3) throw no
        },
      }),
    )
    await count(scene.store, "a", 1, 2, 3, 4)
    await failureOf(subscription.done)
    await subscription.stop()
    expect(await readTally(scene.store)).toEqual(once("a1", "a2"))
  })

  it("can be stopped and disposed of all the same", async () => {
    await using scene = await open()
    const subscription = await scene.run(picky([], () => false))
    await count(scene.store, "a", 1)
    await failureOf(subscription.done)
    await subscription.stop()
    await subscription[Symbol.asyncDispose]()
  })
})

describe("what stopped a subscription", () => {
  it("stays its last error, whatever becomes of the read that was under way", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        pageSize: 1,
        retry: { attempts: 1 },
        handle: async () => {
          scene.duringNextRead(() => gate.pass()) // the page that is read ahead
          await gate.reached
          throw no
        },
      }),
    )
    await count(scene.store, "a", 1, 2, 3)
    const error = await failureOf(subscription.done)
    await settle()
    expect([no, error]).toContain(subscription.status().lastError)
    gate.open()
    await settle()
    expect([no, error]).toContain(subscription.status().lastError)
  })

  it("by a wish is no error", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const subscription = await scene.run(defineSubscription("s", { events: [counted], handle: () => {} }))
    scene.duringNextRead(() => gate.pass())
    await count(scene.store, "a", 1)
    await gate.reached
    await subscription.stop()
    gate.open()
    await settle()
    expect(subscription.status()).toMatchObject({ state: "stopped", lastError: undefined })
  })
})

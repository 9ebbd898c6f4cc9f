import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, readTally, tally, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { describeStores } from "../subjects/stores.ts"
import { createGate, eventually, failureOf, settle } from "../subjects/waiting.ts"

describeStores("waitFor", (open) => {
  it("lets one read one's writes", async () => {
    await using scene = await open()
    const subscription = await scene.run(
      defineSubscription("tally", {
        events: [counted],
        transactional: true,
        handle: (event, { unitOfWork }) => tally(unitOfWork, event),
      }),
    )
    for (const n of upTo(10)) {
      await subscription.waitFor(await count(scene.store, "a", n))
      expect(await readTally(scene.otherHandle())).toHaveProperty(`a${n}`)
    }
  })

  it("is through at once where that is handled already, and for all who wait", async () => {
    await using scene = await open()
    const subscription = await scene.run(defineSubscription("s", { handle: () => {} }))
    await subscription.waitFor(0)
    const positions = [await count(scene.store, "a", 1), await count(scene.store, "a", 2)]
    await Promise.all([...positions, ...positions].map((position) => subscription.waitFor(position)))
    await subscription.waitFor(positions[0] ?? 0)
  })

  it("waits for the instance that is active, also when asked of one that stands by", async () => {
    await using scene = await open()
    const seen: string[] = []
    const definition = defineSubscription("s", {
      events: [counted],
      handle: (event) => void seen.push(label(event)),
    })
    const active = await scene.run(definition)
    await active.waitFor(await count(scene.store, "a", 1))
    const other = await scene.run(definition, { store: scene.otherHandle() })
    await other.waitFor(await count(scene.store, "a", 2))
    expect(seen).toEqual(["a1", "a2"])
    expect(other.status().handled).toBe(0)
  })
})

describe("waitFor, in vain", () => {
  function gatedScene() {
    const scene = openMemoryScene()
    const gate = createGate()
    const definition = defineSubscription("s", { events: [counted], handle: () => gate.pass() })
    return { scene, gate, definition }
  }

  it("rejects when its time is over, and not before", async () => {
    const { scene, gate, definition } = gatedScene()
    await using _ = scene
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1)
    await gate.reached
    let error: unknown
    void subscription.waitFor(position, { timeoutMs: 1000 }).catch((caught: unknown) => {
      error = caught
    })
    await settle()
    await scene.clock.advance(999)
    await settle()
    expect(error).toBeUndefined()
    await scene.clock.advance(1)
    await eventually(() => expect(error).toMatchObject({ code: "WAIT_TIMEOUT" }))
    gate.open()
    await subscription.waitFor(position)
  })

  it("rejects with the reason of its signal, before and while it waits", async () => {
    const { scene, gate, definition } = gatedScene()
    await using _ = scene
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1)
    const reason = new Error("no longer needed")
    await expect(subscription.waitFor(position, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const waiting = failureOf(subscription.waitFor(position, { signal: controller.signal }))
    await settle()
    controller.abort(reason)
    expect(await waiting).toBe(reason)
    gate.open()
  })

  it("rejects when the subscription is stopped meanwhile", async () => {
    const { scene, gate, definition } = gatedScene()
    await using _ = scene
    const subscription = await scene.run(definition)
    const position = await count(scene.store, "a", 1, 2)
    const waiting = failureOf(subscription.waitFor(position))
    await gate.reached
    const stopping = subscription.stop()
    gate.open()
    await stopping
    expect(await waiting).toMatchObject({ code: "CLOSED" })
  })

  it("rejects when the subscription fails", async () => {
    await using scene = openMemoryScene()
    const no = new Error("no")
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        retry: { attempts: 1 },
        handle: () => Promise.reject(no),
      }),
    )
    const error = await failureOf(subscription.waitFor(await count(scene.store, "a", 1)))
    expect(error).toMatchObject({ code: "SUBSCRIPTION_FAILED", cause: no })
  })

  it("counts what is parked as done", async () => {
    await using scene = openMemoryScene()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        retry: { attempts: 1 },
        onFailure: "park",
        handle: () => Promise.reject(new Error("no")),
      }),
    )
    await subscription.waitFor(await count(scene.store, "a", 1, 2))
    expect(await subscription.deadLetters.list()).toHaveLength(2)
  })
})

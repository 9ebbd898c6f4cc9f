import { AnnalsError } from "@annals/core"
import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally, upTo } from "../subjects/counting.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { advanceUntil, eventually } from "../subjects/waiting.ts"

describe("the transactions of a transactional handler", () => {
  it("hold no more events than said, and several if there are", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(30))
    const units = new Map<unknown, number>()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        checkpointEvery: { events: 7 },
        handle: (_event, { unitOfWork }) =>
          void units.set(unitOfWork.tx, (units.get(unitOfWork.tx) ?? 0) + 1),
      }),
    )
    await subscription.waitFor(30)
    expect(Math.max(...units.values())).toBe(7)
    expect(units.size).toBeLessThan(10)
  })

  it("end after the time said, so that slow handlers keep nobody else from writing for long", async () => {
    await using scene = openMemoryScene()
    await count(scene.store, "a", ...upTo(20))
    const units = new Map<unknown, number>()
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        checkpointEvery: { ms: 250 },
        handle: async (_event, { unitOfWork }) => {
          units.set(unitOfWork.tx, (units.get(unitOfWork.tx) ?? 0) + 1)
          await scene.clock.sleep(100)
        },
      }),
    )
    await advanceUntil(scene.clock, () => subscription.status().handled === 20)
    expect(Math.max(...units.values())).toBeLessThanOrEqual(4)
  })

  it("are tried again when the database gives one up, which isn't the event's fault", async () => {
    await using scene = openMemoryScene()
    const deadlock = new AnnalsError("STORE_BUSY", "deadlock detected", { retryable: true })
    let deadlocks = 0
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        onFailure: "park",
        retry: { attempts: 1 },
        handle: async (event, { unitOfWork }) => {
          await tally(unitOfWork, event)
          if (label(event) === "a3" && ++deadlocks <= 10) throw deadlock
        },
      }),
    )
    const position = await count(scene.store, "a", ...upTo(5))
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    expect(await readTally(scene.store)).toEqual(once(...upTo(5).map((n) => `a${n}`)))
    expect(await subscription.deadLetters.list()).toEqual([])
  })

  it.for(["before", "after"] as const)(
    "hold what takes a replayed event out of the dead letters, too (connection lost %s a commit)",
    async (moment) => {
      for (const afterCalls of [0, 1, 2, 3]) {
        await using scene = openMemoryScene()
        let isMended = false
        const subscription = await scene.run(
          defineSubscription("s", {
            events: [counted],
            transactional: true,
            onFailure: "park",
            retry: { attempts: 1 },
            handle: async (event, { unitOfWork }) => {
              if (!isMended) throw new Error("no")
              await tally(unitOfWork, event)
            },
          }),
        )
        const position = await count(scene.store, "a", 1, 2, 3)
        await advanceUntil(scene.clock, () => subscription.status().position === position)
        isMended = true
        scene.faults.fail("transaction", moment, { afterCalls })
        await subscription.deadLetters.requeue()
        const left = () => scene.store.deadLetters.list()
        await advanceUntil(scene.clock, async () => (await left()).length === 0)
        expect(await readTally(scene.store)).toEqual(once("a1", "a2", "a3"))
      }
    },
  )

  it("are tried again in a replay, too: the entries stay requeued meanwhile", async () => {
    await using scene = openMemoryScene()
    const deadlock = new AnnalsError("STORE_BUSY", "deadlock detected", { retryable: true })
    let replays = 0
    const subscription = await scene.run(
      defineSubscription("s", {
        events: [counted],
        transactional: true,
        onFailure: "park",
        retry: { attempts: 1 },
        handle: async (event, { unitOfWork, replayed }) => {
          await tally(unitOfWork, event)
          if (!replayed && event.data.n === 1) throw new Error("no")
          if (replayed && ++replays <= 10) throw deadlock
        },
      }),
    )
    const position = await count(scene.store, "a", 1)
    await advanceUntil(scene.clock, () => subscription.status().position === position)
    await subscription.deadLetters.requeue()
    await advanceUntil(scene.clock, () => replays > 10)
    await eventually(async () => expect(await subscription.deadLetters.list()).toEqual([]))
    expect(await readTally(scene.store)).toEqual(once("a1"))
  })
})

import { describe, expect, it } from "vitest"
import { defineSubscription } from "../../src/index.ts"
import { count, counted, label, once, readTally, tally, upTo } from "../subjects/counting.ts"
import { failingToSave } from "../subjects/failing-saves.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { severable } from "../subjects/severable-store.ts"
import { advanceUntil, createGate } from "../subjects/waiting.ts"

describe("a save of the checkpoint that fails", () => {
  it.for(["before", "after"] as const)(
    "isn't the event's fault: its handler isn't run again, and nothing is parked (%s it took place)",
    async (moment) => {
      await using scene = openMemoryScene()
      const { store, failures } = failingToSave(scene.store, 7, moment)
      const seen: string[] = []
      const subscription = await scene.run(
        defineSubscription("s", {
          events: [counted],
          onFailure: "park",
          retry: { attempts: 2 },
          checkpointEvery: { events: 2 },
          handle: (event) => void seen.push(label(event)),
        }),
        { store, leaseTtlMs: 3_600_000 },
      )
      const position = await count(scene.store, "a", ...upTo(10))
      const saved = async () => (await scene.store.checkpoints.load("s"))[0]?.position
      await advanceUntil(scene.clock, async () => failures() === 7 && (await saved()) === position)
      await subscription.stop()
      expect(seen).toEqual(upTo(10).map((n) => `a${n}`))
      expect(await subscription.deadLetters.list()).toEqual([])
      expect(await saved()).toBe(position)
    },
  )
})

describe("a transaction whose outcome is unknown", () => {
  it.for(["before", "after"] as const)(
    "takes effect once (connection lost %s the commit)",
    async (moment) => {
      await using scene = openMemoryScene()
      const subscription = await scene.run(
        defineSubscription("tally", {
          events: [counted],
          transactional: true,
          onFailure: "park",
          retry: { attempts: 1 },
          checkpointEvery: { events: 3 },
          handle: (event, { unitOfWork }) => tally(unitOfWork, event),
        }),
      )
      await subscription.waitFor(await count(scene.store, "a", 1))
      scene.faults.fail("transaction", moment, { times: 3 })
      const position = await count(scene.store, "a", 2, 3, 4, 5, 6, 7, 8)
      await advanceUntil(scene.clock, () => subscription.status().position === position)
      expect(await readTally(scene.store)).toEqual(once(...upTo(8).map((n) => `a${n}`)))
      expect(await subscription.deadLetters.list()).toEqual([])
    },
  )
})

describe("a crash", () => {
  it("costs no more than what was handled since the last save", async () => {
    await using scene = openMemoryScene()
    const gate = createGate()
    const seen: string[] = []
    const seeing = (instance: string) =>
      defineSubscription("s", {
        events: [counted],
        checkpointEvery: { events: 4, ms: 3_600_000 },
        handle: async (event) => {
          seen.push(`${instance} ${label(event)}`)
          if (instance === "first" && event.data.n === 11) await gate.pass()
        },
      })
    const { store, cut } = severable(scene.otherHandle())
    await count(scene.store, "a", ...upTo(12))
    await scene.run(seeing("first"), { store })
    await gate.reached
    cut()
    expect(seen).toEqual(upTo(11).map((n) => `first a${n}`))
    const next = await scene.run(seeing("next"))
    await advanceUntil(scene.clock, () => next.status().position === 12)
    expect(seen.slice(11)).toEqual([9, 10, 11, 12].map((n) => `next a${n}`))
    gate.open()
  })
})

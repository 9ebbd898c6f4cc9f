import { createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots, never } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { addOnes, untakenTallies as tallies } from "./kept-tallies.ts"
import { damage, memoryLog, revisionsOf } from "./stores.ts"
import { Tally, type TallyState, tally } from "./tallies.ts"

describe("comparing with the events", () => {
  it("finds a snapshot that isn't what they lead to, uses what they do, and removes it", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const { snapshots, repository } = tallies(store, { verifyShare: 1 })
    await addOnes(store, 5)
    await snapshots.take("a")
    expect((await repository.load("a")).state.total).toBe(5)
    await damage(store, "a", { body: '{"total":6,"amounts":[]}' })
    await addOnes(store, 1)
    const { state, version } = await repository.load("a")
    expect([state.total, version]).toEqual([6, 6])
    expect(snapshots.status()).toMatchObject({ hits: 1, verified: 2, misses: { differs: 1 } })
    expect(lines).toMatchObject([{ message: "a snapshot was passed over", fields: { reason: "differs" } }])
    expect(await revisionsOf(store, "a")).toEqual([])
  })

  it("removes nothing inside a unit of work, of which nobody knows whether it is committed", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const { snapshots, repository } = tallies(store, { verifyShare: 1 })
    await addOnes(store, 5)
    await snapshots.take("a")
    await damage(store, "a", { body: '{"total":6,"amounts":[]}' })
    await store.transaction(async (unitOfWork) => {
      expect((await repository.within(unitOfWork).load("a")).state.total).toBe(5)
    })
    expect(await revisionsOf(store, "a")).toEqual([5])
    expect(lines).toHaveLength(1)
  })

  it("compares the share that is asked for, as drawn", async () => {
    const store = createMemoryStore()
    const draws = [0.1, 0.3, 0.19, 0.2, 0.9]
    const { snapshots, repository } = tallies(store, { verifyShare: 0.2, random: () => draws.shift() ?? 1 })
    await addOnes(store, 5)
    await snapshots.take("a")
    for (let loads = 0; loads < 5; loads++) await repository.load("a")
    expect(snapshots.status()).toMatchObject({ hits: 5, verified: 2 })
  })

  it("knows that an encrypting form saves the same state differently each time", async () => {
    const store = createMemoryStore()
    let nonce = 0
    const form = {
      save: (state: TallyState) => new TextEncoder().encode(`${nonce++}:${JSON.stringify(state)}`),
      restore: (saved: Uint8Array): TallyState =>
        JSON.parse(new TextDecoder().decode(saved).replace(/^\d+:/, "")),
    }
    const snapshots = createSnapshots(store, tally, { policy: never(), verifyShare: 1, form })
    const repository = createRepository(store, tally, { snapshots })
    await addOnes(store, 5)
    await snapshots.take("a")
    await repository.load("a")
    expect(snapshots.status()).toMatchObject({ hits: 1, verified: 1, misses: { differs: 0 } })
    const body = new TextEncoder().encode('7:{"total":9,"amounts":[]}')
    await damage(store, "a", { body })
    expect((await repository.load("a")).state.total).toBe(5)
    expect(snapshots.status().misses.differs).toBe(1)
  })

  it("compares classes by their form", async () => {
    const store = createMemoryStore()
    await addOnes(store, 5)
    const snapshots = createSnapshots(store, Tally, { form: Tally.form, policy: never(), verifyShare: 1 })
    const repository = createRepository(store, Tally, { snapshots })
    await snapshots.take("a")
    await repository.load("a")
    await damage(store, "a", { body: "[9,[]]" })
    const loaded = await repository.load("a")
    loaded.add([1])
    await repository.save(loaded)
    expect(loaded.seen.total).toBe(6)
    expect(snapshots.status()).toMatchObject({ verified: 2, misses: { differs: 1 } })
  })
})

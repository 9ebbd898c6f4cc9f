import { createMemoryStore, createRepository, type EventStore } from "@annals/core"
import { createSnapshots, everyEvents, never } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { addOnes, missesOf, untakenTallies as tallies } from "./kept-tallies.ts"
import { keyOf } from "./stores.ts"
import { changingTally, Tally, type TallyState } from "./tallies.ts"

describe("schema versions", () => {
  /** A store with a snapshot of version 10 that an older program saved, in its form. */
  async function withOldSnapshot(): Promise<EventStore> {
    const store = createMemoryStore()
    await addOnes(store, 12)
    const state = { encoding: "json", body: '{"sum":10}' }
    await store.snapshots.save(keyOf("a"), { revision: 10, schemaVersion: 1, state, takenAt: 1 })
    return store
  }
  const toTwo = ({ sum }: { sum: number }) => ({ sum, last: [] })
  const toThree = ({ sum, last }: { sum: number; last: [] }) => ({ total: sum, amounts: last })

  it("upcasts, step by step", async () => {
    const { snapshots, repository } = tallies(await withOldSnapshot(), {
      schemaVersion: 3,
      upcasters: { 1: toTwo, 2: toThree },
    })
    expect((await repository.load("a")).state).toEqual({ total: 12, amounts: [{ amount: 1 }, { amount: 1 }] })
    expect(snapshots.status().hits).toBe(1)
  })

  it("shares nothing with what an upcaster holds", async () => {
    const constant = { total: 10, amounts: [{ amount: 1 }] }
    const store = await withOldSnapshot()
    const options = { schemaVersion: 2, upcasters: { 1: () => constant }, policy: never() }
    const repository = createRepository(store, changingTally, {
      snapshots: createSnapshots(store, changingTally, options),
    })
    for (let loads = 0; loads < 2; loads++) {
      const { state } = await repository.load("a")
      state.amounts.length = 0
    }
    expect(constant.amounts).toHaveLength(1)
  })

  for (const [what, reason, options] of [
    ["no upcaster", "schema-version", { schemaVersion: 2 }],
    ["a step that is missing", "schema-version", { schemaVersion: 3, upcasters: { 1: toTwo } }],
    [
      "an upcaster that throws",
      "restore-failed",
      {
        schemaVersion: 2,
        upcasters: {
          1: () => {
            throw new Error("no")
          },
        },
      },
    ],
    [
      "an upcaster that returns a promise",
      "restore-failed",
      { schemaVersion: 2, upcasters: { 1: async () => ({}) } },
    ],
    [
      "a form that throws",
      "restore-failed",
      {
        form: {
          save: (state: TallyState) => state,
          restore: () => {
            throw new Error("no")
          },
        },
      },
    ],
    [
      "a form that returns a promise",
      "restore-failed",
      { form: { save: (state: TallyState) => state, restore: async () => ({}) } },
    ],
  ] as const) {
    it(`replays everything: ${what}`, async () => {
      const store = await withOldSnapshot()
      const { snapshots, repository } = tallies(store, options as never)
      expect((await repository.load("a")).state.total).toBe(12)
      expect(missesOf(snapshots)).toEqual({ [reason]: 1 })
    })
  }

  it("leaves what a newer program saved alone, and passes it over", async () => {
    const store = createMemoryStore()
    await addOnes(store, 10)
    await tallies(store, { schemaVersion: 2 }).snapshots.take("a")
    const { snapshots, repository } = tallies(store)
    expect((await repository.load("a")).state.total).toBe(10)
    expect(await snapshots.take("a")).toBe(false)
    expect((await store.snapshots.load(keyOf("a")))?.schemaVersion).toBe(2)
  })

  it("doesn't look at hundreds of old ones", async () => {
    const store = createMemoryStore()
    const old = tallies(store, { keepLast: "all" })
    for (let taken = 0; taken < 30; taken++) {
      await addOnes(store, 1)
      await old.snapshots.take("a")
    }
    const { snapshots, repository } = tallies(store, { schemaVersion: 2 })
    expect((await repository.load("a")).state.total).toBe(30)
    expect(missesOf(snapshots)).toEqual({ "schema-version": 10 })
  })
})

describe("programs of two schema versions side by side", () => {
  it("agree with the events, and don't take each other's place where two are kept", async () => {
    const store = createMemoryStore()
    const options = { policy: everyEvents(10), keepLast: 2 }
    const older = tallies(store, options)
    const newer = tallies(store, {
      ...options,
      schemaVersion: 2,
      form: { save: ({ total }) => total, restore: (total) => ({ total: total as number, amounts: [] }) },
    })
    for (let total = 1; total <= 60; total++) {
      const { repository } = total % 3 === 0 ? newer : older
      expect((await repository.execute("a", "add", [1])).state.total).toBe(total)
    }
    const taken = [older, newer].map(({ snapshots }) => snapshots.status().taken)
    // One for each ten events, and one more of the other program at the most.
    expect(Math.max(...taken)).toBeLessThanOrEqual(7)
    expect(older.snapshots.status().hits).toBeGreaterThan(20)
    expect(newer.snapshots.status().hits).toBeGreaterThan(5)
  })
})

describe("a class", () => {
  it("is restored by its form, as a new object each time", async () => {
    const store = createMemoryStore()
    const snapshots = createSnapshots(store, Tally, { form: Tally.form, policy: everyEvents(2) })
    const repository = createRepository(store, Tally, { snapshots })
    await repository.execute("a", "add", [4, 5])
    await repository.execute("a", "add", [6])
    const first = await repository.load("a")
    const second = await repository.load("a")
    expect(first).not.toBe(second)
    first.add([1])
    await repository.save(first)
    expect(first.seen.total).toBe(16)
    expect(second.seen).toEqual({ total: 15, amounts: [{ amount: 4 }, { amount: 5 }, { amount: 6 }] })
    expect(missesOf(snapshots)).toEqual({ missing: 1 })
  })

  it.each([
    ["the same object again", (one: Tally) => one],
    ["something else", () => ({}) as Tally],
    [
      "one that raised events",
      () => {
        const raised = new Tally()
        raised.add([3])
        return raised
      },
    ],
  ])("isn't taken from a form that returns %s", async (_what, restore) => {
    const store = createMemoryStore()
    const shared = new Tally()
    const form = { save: () => null, restore: () => restore(shared) }
    const snapshots = createSnapshots(store, Tally, { form, policy: everyEvents(2) })
    const repository = createRepository(store, Tally, { snapshots })
    await repository.execute("a", "add", [4, 5])
    const loads = [await repository.load("a"), await repository.load("a")]
    expect(new Set(loads).size).toBe(2)
    expect((loads[1] as Tally).seen.total).toBe(9)
    expect(snapshots.status().misses["restore-failed"]).toBeGreaterThan(0)
  })
})

describe("an aggregate that changes its state", () => {
  it("isn't given an object that somebody else has, by a form that returns the same one again", async () => {
    const store = createMemoryStore()
    const kept: TallyState = { total: 3, amounts: [] }
    const snapshots = createSnapshots(store, changingTally, {
      policy: never(),
      form: { save: ({ total }) => total, restore: () => kept },
    })
    const repository = createRepository(store, changingTally, { snapshots })
    await addOnes(store, 3)
    await snapshots.take("a")
    const first = await repository.load("a")
    first.execute("add", [5])
    expect((await repository.load("a")).state.total).toBe(3)
    expect(snapshots.status()).toMatchObject({ hits: 1, misses: { "restore-failed": 1 } })
  })
})

import {
  AnnalsError,
  createMemoryStore,
  createMemoryStoreDriver,
  createRepository,
  createStore,
  defineAggregate,
  defineDecider,
  type SnapshotStore,
  saveTogether,
  systemClock,
} from "@annals/core"
import { afterReplaying, createSnapshots, everyEvents, type SnapshotPlace } from "@annals/snapshots"
import { createFakeClock, createFaultyDriver } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { failingPlace, tallies } from "./kept-tallies.ts"
import { keyOf, memoryLog, revisionsOf, stores } from "./stores.ts"
import { added, changingTally, tally } from "./tallies.ts"

for (const [name, create] of Object.entries(stores)) {
  for (const take of ["after", "transaction", "background"] as const) {
    describe(`taking snapshots on ${name}: ${take}`, () => {
      it("keeps the newest, of the state as it was saved, and no more than asked for", async () => {
        await using store = create()
        const snapshots = createSnapshots(store, changingTally, { policy: everyEvents(2), take, keepLast: 2 })
        const repository = createRepository(store, changingTally, { snapshots })
        const one = await repository.loadOrCreate("a")
        for (let amount = 1; amount <= 8; amount++) {
          one.execute("add", [amount])
          const saving = repository.save(one)
          await saving
          one.state.amounts.push({ amount: -1 }) // what the owner does with it afterwards
          one.state.amounts.pop()
          await snapshots.drain()
        }
        expect(await revisionsOf(store, "a")).toEqual([8, 6])
        expect((await store.snapshots.load(keyOf("a")))?.state.body).toBe(
          JSON.stringify({ total: 36, amounts: [4, 5, 6, 7, 8].map((amount) => ({ amount })) }),
        )
        expect(snapshots.status()).toMatchObject({ taken: 4, failed: 0, waiting: 0 })
      })

      it("writes inside a unit of work, and leaves nothing when it is rolled back", async () => {
        await using store = create()
        const { snapshots, repository } = tallies(store, { take })
        const undone = store.transaction(async (unitOfWork) => {
          const inside = repository.within(unitOfWork)
          await inside.execute("a", "add", [1, 1, 1, 1, 1])
          // Seen inside, where its events are seen as well.
          expect((await inside.load("a")).version).toBe(5)
          throw new Error("undo")
        })
        await expect(undone).rejects.toThrow("undo")
        await snapshots.drain()
        expect(await revisionsOf(store, "a")).toEqual([])
        await repository.execute("a", "add", [7, 7, 7, 7])
        await store.transaction(async (unitOfWork) => {
          await repository.within(unitOfWork).execute("a", "add", [7])
        })
        expect(await revisionsOf(store, "a")).toEqual([5])
        expect((await repository.load("a")).state.total).toBe(35)
        await snapshots.close()
      })

      it("costs the saver nothing but time that a state can't be kept", async () => {
        const { logger, lines } = memoryLog()
        await using store = create({ logger })
        const { snapshots, repository } = tallies(store, {
          take,
          form: { save: () => new Map() as never, restore: () => ({}) as never },
        })
        for (let saves = 0; saves < 12; saves++) await repository.execute("a", "add", [1])
        await snapshots.drain()
        expect((await repository.load("a")).state.total).toBe(12)
        // At 5 and at 10: not at every save in between.
        expect(snapshots.status()).toMatchObject({ taken: 0, failed: 2 })
        expect(snapshots.status().lastError).toMatchObject({ code: "INVALID_VALUE", path: "state" })
        expect(lines.map(({ message }) => message)).toEqual(Array(2).fill("a snapshot could not be taken"))
      })
    })
  }

  describe(`in the append's transaction on ${name}`, () => {
    it("records nothing when the snapshot store fails, says the way out, and goes on without one", async () => {
      await using store = create()
      const { trouble, snapshotStore } = failingPlace()
      const { repository, snapshots } = tallies(store, { take: "transaction", snapshotStore })
      await repository.execute("a", "add", [1, 1, 1])
      trouble.error = new Error("no room")
      const failed = await repository.execute("a", "add", [1, 1]).catch((error: unknown) => error)
      expect(failed).toMatchObject({ code: "STORE_FAILED", stream: "tally/a", cause: trouble.error })
      expect(String(failed)).toContain('"after"')
      expect(await store.streamVersion({ category: "tally", id: "a" })).toBe(3)
      // Were it tried at each save, nothing could be recorded while it fails.
      for (let saves = 0; saves < 4; saves++) await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a")).toEqual([])
      trouble.error = undefined
      for (let saves = 0; saves < 4; saves++) await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a")).toEqual([10])
      expect(snapshots.status()).toMatchObject({ taken: 1, failed: 1 })
    })

    it("is recorded without one that the store refuses before it writes anything", async () => {
      for (const code of ["EVENT_TOO_LARGE", "UNKNOWN_EVENT_TYPE", "INVALID_NAME"] as const) {
        await using store = create()
        const { trouble, snapshotStore } = failingPlace()
        const { repository, snapshots } = tallies(store, { take: "transaction", snapshotStore })
        trouble.error = new AnnalsError(code, "too large, say")
        await repository.execute("a", "add", [1, 1, 1, 1, 1])
        await store.transaction((unitOfWork) =>
          repository.within(unitOfWork).execute("b", "add", [1, 1, 1, 1, 1]),
        )
        expect((await repository.load("a")).version).toBe(5)
        expect(snapshots.status()).toMatchObject({ taken: 0, failed: 2, lastError: trouble.error })
      }
    })

    it("doesn't take a snapshot for granted that was rolled back", async () => {
      await using store = create()
      const seen: (number | undefined)[] = []
      const replaying = afterReplaying(4)
      const { snapshots } = tallies(store, {
        take: "transaction",
        policy: (moment) => {
          seen.push(moment.newest?.revision)
          return replaying(moment)
        },
      })
      const repository = createRepository(store, tally, { snapshots, cache: {} })
      const undo = async () => {
        const undone = store.transaction(async (unitOfWork) => {
          await repository.within(unitOfWork).execute("a", "add", [1, 1, 1, 1])
          throw new Error("undo")
        })
        await expect(undone).rejects.toThrow("undo")
      }
      await repository.execute("a", "add", [1])
      await undo() // of version 5
      await repository.execute("a", "add", [1])
      expect(seen).toEqual([undefined, undefined, undefined])
      expect(await revisionsOf(store, "a")).toEqual([])
      await undo() // of version 6
      // Another process takes the stream beyond it.
      await createRepository(store, tally).execute("a", "add", [1, 1, 1, 1, 1])
      await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a")).toEqual([8])
      await repository.execute("a", "add", [1])
      expect(seen).toEqual([undefined, undefined, undefined, undefined, undefined, 8])
    })
  })
}

describe("an aggregate that changes its state", () => {
  const dated = defineAggregate("tally", {
    events: [added],
    initial: (): { total: number; last: number | null } => ({ total: 0, last: null }),
    on: {
      added(state, { data, occurredAt = -1 }) {
        state.total += data.amount
        state.last = occurredAt
      },
    },
    commands: { add: ({ raise }, amount: number) => raise(added({ amount })) },
  })

  for (const take of ["after", "transaction", "background"] as const) {
    it(`is kept as its events were recorded, not as they were raised: ${take}`, async () => {
      const clock = createFakeClock({ now: 5000 })
      const store = createMemoryStore({ clock })
      const snapshots = createSnapshots(store, dated, { policy: () => true, take })
      const repository = createRepository(store, dated, { snapshots })
      const one = await repository.loadOrCreate("a")
      for (let saves = 0; saves < 3; saves++) {
        one.execute("add", 1)
        await repository.save(one)
        one.state.total += 100 // what nobody should do
        await clock.advance(1000)
      }
      await store.transaction((unitOfWork) => repository.within(unitOfWork).execute("a", "add", 1))
      await snapshots.drain()
      expect((await repository.load("a")).state).toEqual({ total: 4, last: 8000 })
      expect((await store.snapshots.load(keyOf("a")))?.state.body).toBe('{"total":4,"last":8000}')
      expect(snapshots.status()).toMatchObject({ failed: 0, misses: { missing: 1 } })
    })
  }
})

describe("after the commit", () => {
  it("tells nobody but the log when the snapshot store fails", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const { trouble, snapshotStore } = failingPlace()
    const { repository, snapshots } = tallies(store, { snapshotStore })
    trouble.error = new Error("no room")
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    expect(snapshots.status()).toMatchObject({ failed: 1, lastError: trouble.error })
    expect(lines).toMatchObject([{ level: "error", message: "a snapshot could not be taken" }])
    trouble.error = undefined
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    expect(await revisionsOf(store, "a")).toEqual([10])
  })

  it("takes none of an append whose outcome was unknown, which may have been another's, and the next one then", async () => {
    const faulty = createFaultyDriver(createMemoryStoreDriver(systemClock))
    const store = createStore(faulty.driver)
    const { repository } = tallies(store)
    faulty.fail("append", "after")
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    expect(await revisionsOf(store, "a")).toEqual([])
    await repository.execute("a", "add", [1])
    expect(await revisionsOf(store, "a")).toEqual([6])
    expect((await repository.load("a")).state.total).toBe(6)
  })

  it("takes none of what wasn't recorded: another's, of the same ids", async () => {
    const store = createMemoryStore()
    const summing = defineDecider("tally", {
      events: [added],
      initial: () => ({ total: 0 }),
      evolve: { added: ({ total }, { data }) => ({ total: total + data.amount }) },
      decide: { add: (_state, { amount, id }: { amount: number; id: string }) => added({ amount }, { id }) },
    })
    const snapshots = createSnapshots(store, summing, { policy: () => true })
    const [plain, repository] = [
      createRepository(store, summing),
      createRepository(store, summing, { snapshots }),
    ]
    const [others, mine, id] = [plain.create("a"), repository.create("a"), store.generateId()]
    others.execute("add", { amount: 1, id })
    mine.execute("add", { amount: 5, id })
    await plain.save(others)
    await repository.save(mine)
    expect((await repository.load("a")).state.total).toBe(1)
    expect(snapshots.status().taken).toBe(0)
  })
})

describe("how many are kept", () => {
  it("is seen to in the transaction that keeps a further one", async () => {
    for (const [name, create] of Object.entries(stores)) {
      await using store = create()
      let isBroken = false
      const snapshotStore = ({ snapshots }: SnapshotPlace): SnapshotStore => ({
        ...snapshots,
        prune: async (key, keepLast) => {
          if (isBroken) throw new Error("busy")
          return snapshots.prune(key, keepLast)
        },
      })
      const { repository, snapshots } = tallies(store, { snapshotStore, keepLast: 2, policy: () => true })
      for (let saves = 0; saves < 3; saves++) await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a"), name).toEqual([3, 2])
      isBroken = true
      await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a"), name).toEqual([3, 2])
      expect(snapshots.status()).toMatchObject({ taken: 3, failed: 1 })
    }
  })
})

describe("several at once", () => {
  it("never has an older one replace a newer one", async () => {
    const store = createMemoryStore()
    const first = tallies(store, { policy: () => true, keepLast: 1 })
    const second = tallies(store, { policy: () => true, keepLast: 1 })
    const adds = Array.from({ length: 30 }, (_, index) =>
      (index % 2 === 0 ? first : second).repository.execute("a", "add", [1]),
    )
    await Promise.all(adds)
    expect(await revisionsOf(store, "a")).toEqual([30])
    expect(first.snapshots.status().failed + second.snapshots.status().failed).toBe(0)
  })

  it("takes those of aggregates that are saved together", async () => {
    for (const take of ["after", "transaction"] as const) {
      const store = createMemoryStore()
      const { repository } = tallies(store, { take })
      const [a, b] = [repository.create("a"), repository.create("b")]
      a.execute("add", [1, 1, 1, 1, 1])
      b.execute("add", [2, 2, 2, 2, 2, 2])
      await saveTogether([a, b])
      expect([await revisionsOf(store, "a"), await revisionsOf(store, "b")]).toEqual([[5], [6]])
    }
  })
})

describe("one place for all", () => {
  it("gets nothing from units of work, which may be rolled back", async () => {
    const place = createMemoryStore()
    const store = createMemoryStore()
    const { repository, snapshots } = tallies(store, { snapshotStore: place.snapshots })
    await store.transaction(async (unitOfWork) => {
      await repository.within(unitOfWork).execute("a", "add", [1, 1, 1, 1, 1])
    })
    expect(await revisionsOf(place, "a")).toEqual([])
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    expect(await revisionsOf(place, "a")).toEqual([10])
    expect(snapshots.status().failed).toBe(0)
  })

  it("can't be written to in transactions", () => {
    const options = { snapshotStore: createMemoryStore().snapshots, take: "transaction" } as const
    expect(() => createSnapshots(createMemoryStore(), tally, options)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path: "take" }),
    )
  })
})

describe("options", () => {
  it.each([
    ["take", { take: "later" }],
    ["maxWaiting", { maxWaiting: 0 }],
    ["policy", { policy: 100 }],
    ["schemaVersion", { schemaVersion: 0 }],
    ["upcasters[1]", { upcasters: { 1: () => 1 } }],
    ["upcasters[1]", { schemaVersion: 2, upcasters: { 1: "two" } }],
    ["form", { form: { save: () => 1 } }],
    ["keepLast", { keepLast: 0 }],
    ["verifyShare", { verifyShare: 1.1 }],
    ["snapshotStore", { snapshotStore: 5 }],
    ["snapshotStore", { snapshotStore: {} }],
    ["timeoutMs", { timeoutMs: 0 }],
  ])("refuses a wrong %s", (path, options) => {
    expect(() => createSnapshots(createMemoryStore(), tally, options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", path }),
    )
  })
})

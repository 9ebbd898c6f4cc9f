import { createMemoryStore, createRepository, type SnapshotStore } from "@annals/core"
import { createSnapshots, everyEvents, never, type SnapshotPlace } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { addOnes, missesOf, untakenTallies as tallies } from "./kept-tallies.ts"
import { damage, keyOf, memoryLog, revisionsOf, stores } from "./stores.ts"
import { changingTally, tally } from "./tallies.ts"

for (const [name, create] of Object.entries(stores)) {
  describe(`loading through snapshots on ${name}`, () => {
    it("continues from the newest one, reading only the events after it", async () => {
      await using store = create()
      const { snapshots, repository } = tallies(store)
      await addOnes(store, 10)
      expect(await snapshots.take("a")).toBe(true)
      await addOnes(store, 3)
      // What the snapshot says is believed: here another total.
      await damage(store, "a", { body: '{"total":1000,"amounts":[]}' })
      const { state, version } = await repository.load("a")
      expect([state.total, version]).toEqual([1003, 13])
      // What taking it found doesn't count.
      expect(snapshots.status()).toMatchObject({ hits: 1, taken: 1, misses: { missing: 0 } })
    })

    it("asks nothing of the log for one that is in the store", async () => {
      await using store = create()
      const { snapshots } = tallies(store)
      await addOnes(store, 10)
      await snapshots.take("a")
      const streamVersion = () => Promise.reject(new Error("asked"))
      const stream = { tenant: "", category: "tally", id: "a" }
      expect(await snapshots.load(stream, undefined, { ...store, streamVersion }, undefined)).toMatchObject({
        version: 10,
      })
    })

    it("uses the nearest one before an earlier version", async () => {
      await using store = create()
      const { snapshots, repository } = tallies(store, { keepLast: "all" })
      for (const count of [10, 10, 10]) {
        await addOnes(store, count)
        await snapshots.take("a")
      }
      expect(await revisionsOf(store, "a")).toEqual([30, 20, 10])
      for (const [atVersion, hit] of [
        [9, false],
        [10, true],
        [29, true],
        [30, true],
      ] as const) {
        const before = snapshots.status().hits
        const { state, version } = await repository.load("a", { atVersion })
        expect([state.total, version]).toEqual([atVersion, atVersion])
        expect(snapshots.status().hits - before).toBe(hit ? 1 : 0)
      }
      expect(missesOf(snapshots)).toEqual({ missing: 1 })
    })

    it("gives each load a state of its own", async () => {
      await using store = create()
      const snapshots = createSnapshots(store, changingTally, { policy: never() })
      const repository = createRepository(store, changingTally, { snapshots })
      await repository.execute("a", "add", [1, 2])
      await snapshots.take("a")
      const [first, second] = [await repository.load("a"), await repository.load("a")]
      first.execute("add", [5])
      first.state.amounts.length = 0
      expect(second.state).toEqual({ total: 3, amounts: [{ amount: 1 }, { amount: 2 }] })
      expect((await repository.load("a")).state).toEqual(second.state)
    })

    for (const [reason, change] of Object.entries({
      unreadable: { body: "{" },
      "unreadable, by its encoding": { encoding: "json+unknown" },
      "schema-version": { schemaVersion: 7 },
    })) {
      it(`replays everything, and counts it: ${reason}`, async () => {
        const { logger, lines } = memoryLog()
        await using store = create({ logger })
        const { snapshots, repository } = tallies(store)
        await addOnes(store, 5)
        await snapshots.take("a")
        await damage(store, "a", change)
        expect((await repository.load("a")).state.total).toBe(5)
        expect(missesOf(snapshots)).toEqual({ [reason.split(",")[0] as string]: 1 })
        await repository.load("a")
        const level = reason === "schema-version" ? "debug" : "warn"
        expect(lines[0]).toMatchObject({ level, message: "a snapshot was passed over" })
        expect(snapshots.status().lastError).toMatchObject({ code: "INVALID_VALUE", path: "snapshot" })
        // Each load meets it again; the log needn't.
        expect(lines.filter((line) => line.level === "warn")).toHaveLength(
          reason === "schema-version" ? 0 : 1,
        )
      })
    }

    it("tries an older one where the newest is of no use", async () => {
      await using store = create()
      const { snapshots, repository } = tallies(store, { keepLast: 3 })
      for (const count of [10, 10]) {
        await addOnes(store, count)
        await snapshots.take("a")
      }
      const state = { encoding: "json", body: "?" }
      await store.snapshots.save(keyOf("a"), { revision: 30, schemaVersion: 1, state, takenAt: 1 })
      await addOnes(store, 15)
      expect((await repository.load("a")).state.total).toBe(35)
      expect(missesOf(snapshots)).toEqual({ unreadable: 1 })
      expect(snapshots.status().hits).toBe(1)
    })

    it("tries the very next one below", async () => {
      await using store = create()
      const { snapshots } = tallies(store, { keepLast: "all" })
      for (let count = 0; count < 3; count++) {
        await addOnes(store, 1)
        await snapshots.take("a")
      }
      const state = { encoding: "json", body: "?" }
      await store.snapshots.save(keyOf("a"), { revision: 4, schemaVersion: 1, state, takenAt: 1 })
      await addOnes(store, 1)
      const reads: number[] = []
      const counting = createRepository(store, tally, {
        snapshots: {
          ...snapshots,
          load: async (...request: Parameters<typeof snapshots.load>) => {
            const found = await snapshots.load(...request)
            reads.push(found?.version ?? 0)
            return found
          },
        },
      })
      expect((await counting.load("a")).state.total).toBe(4)
      expect(reads).toEqual([3])
    })
  })
}

describe("a snapshot that is of no use", () => {
  it("is replaced at the next save, whatever the policy says, unless that is never()", async () => {
    for (const [policy, wanted] of [
      [everyEvents(100), [6]],
      [never(), [5]],
    ] as const) {
      const store = createMemoryStore()
      const { snapshots, repository } = tallies(store, { policy })
      await addOnes(store, 5)
      await snapshots.take("a")
      await damage(store, "a", { body: "{" })
      await repository.execute("a", "add", [1])
      await repository.execute("a", "add", [1])
      expect(await revisionsOf(store, "a")).toEqual(wanted)
    }
  })
})

describe("a snapshot of a newer program", () => {
  it("isn't replaced before one is due", async () => {
    const store = createMemoryStore()
    await addOnes(store, 5)
    await createSnapshots(store, tally, { schemaVersion: 2 }).take("a")
    const { repository } = tallies(store, { policy: () => false })
    await repository.execute("a", "add", [1])
    await repository.execute("a", "add", [1])
    expect(await revisionsOf(store, "a")).toEqual([5])
  })
})

describe("trouble with the snapshot store", () => {
  const failing: SnapshotStore = {
    load: async () => Promise.reject(new Error("gone")),
    save: async () => Promise.reject(new Error("gone")),
    prune: async () => Promise.reject(new Error("gone")),
  }

  it.each([
    ["its load rejects", failing],
    [
      "there is none",
      (_place: SnapshotPlace) => {
        throw new Error("gone")
      },
    ],
    ["what it returns is nonsense", { ...failing, load: async () => "?" as never }],
    [
      "what it returns can't be looked at",
      {
        ...failing,
        load: async () => ({
          get revision(): never {
            throw new Error("gone")
          },
        }),
      } as never,
    ],
    [
      "what it returns is a state of no events",
      {
        ...failing,
        load: async () => ({
          revision: 0,
          schemaVersion: 1,
          state: { encoding: "json", body: '{"total":50,"amounts":[]}' },
          takenAt: 1,
        }),
      },
    ],
    [
      "it returns a newer one than was asked for",
      {
        ...failing,
        load: async () => ({
          revision: 900,
          schemaVersion: 1,
          state: { encoding: "json", body: "{}" },
          takenAt: 1,
        }),
      },
    ],
  ])("replays everything when %s", async (_what, snapshotStore) => {
    const store = createMemoryStore()
    await addOnes(store, 3)
    const { snapshots, repository } = tallies(store, { snapshotStore })
    expect((await repository.load("a")).state.total).toBe(3)
    expect(snapshots.status().hits).toBe(0)
    expect(snapshots.status().lastError).toBeInstanceOf(Error)
  })

  it("takes null for none", async () => {
    const store = createMemoryStore()
    await addOnes(store, 3)
    const { snapshots, repository } = tallies(store, {
      snapshotStore: { ...failing, load: async () => null as never },
    })
    expect((await repository.load("a")).state.total).toBe(3)
    expect(missesOf(snapshots)).toEqual({ missing: 1 })
  })
})

describe("one place for all", () => {
  it("keeps tenants apart", async () => {
    const place = createMemoryStore()
    const store = createMemoryStore()
    for (const [tenant, count] of [
      ["red", 3],
      ["blue", 5],
    ] as const) {
      const own = store.forTenant(tenant)
      await addOnes(own, count)
      await tallies(own, { snapshotStore: place.snapshots }).snapshots.take("a")
    }
    const { repository, snapshots } = tallies(store.forTenant("red"), { snapshotStore: place.snapshots })
    expect((await repository.load("a")).state.total).toBe(3)
    expect(snapshots.status().hits).toBe(1)
  })

  it("doesn't believe one of more events than there are", async () => {
    const place = createMemoryStore()
    const before = createMemoryStore()
    await addOnes(before, 9)
    await tallies(before, { snapshotStore: place.snapshots }).snapshots.take("a")
    const restored = createMemoryStore()
    await addOnes(restored, 4)
    const { repository } = tallies(restored, { snapshotStore: place.snapshots })
    const { state, version } = await repository.load("a")
    expect([state.total, version]).toEqual([4, 4])
  })
})

describe("a repository that these snapshots aren't for", () => {
  it("is refused, by category and tenant", async () => {
    const store = createMemoryStore()
    await addOnes(store, 3)
    const { snapshots } = tallies(store.forTenant("red"))
    await expect(createRepository(store, tally, { snapshots }).load("a")).rejects.toMatchObject({
      code: "INVALID_OPTION",
      path: "snapshots",
    })
  })
})

describe("a cached repository", () => {
  it("loads through snapshots what it doesn't hold, and has them taken", async () => {
    const store = createMemoryStore()
    const snapshots = createSnapshots(store, changingTally, { policy: everyEvents(5) })
    const options = { snapshots, cache: { maxEntries: 1 } }
    const repository = createRepository(store, changingTally, options)
    for (let round = 0; round < 12; round++) {
      await repository.execute("a", "add", [1])
      if (round % 4 === 0) await repository.execute("b", "add", [2])
    }
    expect((await repository.load("a")).state.total).toBe(12)
    expect(await revisionsOf(store, "a")).toEqual([10])
    expect(snapshots.status()).toMatchObject({ taken: 2 })
  })
})

describe("a discarded stream", () => {
  it("stays discarded, and its earlier versions load", async () => {
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store)
    await addOnes(store, 5)
    await snapshots.take("a")
    await repository.discard("a")
    await expect(repository.load("a")).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    await expect(snapshots.take("a")).rejects.toMatchObject({ code: "STREAM_DISCARDED" })
    expect((await repository.load("a", { atVersion: 5 })).state.total).toBe(5)
  })
})

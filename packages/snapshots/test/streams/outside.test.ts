import {
  createMemoryStore,
  createRepository,
  defineDecider,
  type EventStore,
  type SnapshotStore,
} from "@annals/core"
import { createEventSnapshotStore, createSnapshots, everyEvents, never } from "@annals/snapshots"
import { createFakeClock } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { tallies } from "./kept-tallies.ts"
import { keyOf, memoryLog, revisionsOf } from "./stores.ts"
import { added } from "./tallies.ts"

/** Never answers. */
const silent: SnapshotStore = {
  load: () => new Promise(() => {}),
  save: () => new Promise(() => {}),
  prune: () => new Promise(() => {}),
}

const add = (store: EventStore, ...amounts: readonly number[]) =>
  store.append(
    { category: "tally", id: "a" },
    amounts.map((amount) => added({ amount })),
  )

describe("a place outside that doesn't answer", () => {
  it("holds up a load and a save for as long as is said", async () => {
    const clock = createFakeClock()
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ clock, logger })
    const { repository, snapshots } = tallies(store, { snapshotStore: silent, timeoutMs: 300 })
    const loading = repository.execute("a", "add", [1, 1, 1, 1, 1])
    await clock.advance(300)
    // Its snapshot isn't tried: a place that gave no answer is left alone for ten times as long.
    expect((await loading).version).toBe(5)
    expect((await repository.load("a")).state.total).toBe(5)
    const { failed, misses, lastError } = snapshots.status()
    expect([failed, misses["store-failed"]]).toEqual([1, 2])
    expect(lastError).toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true })
    expect(lines.map(({ message }) => message)).toEqual([
      "snapshots could not be loaded",
      "a snapshot could not be taken",
    ])
  })

  it("holds up no save, and is asked again after a while", async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock })
    const place = createMemoryStore()
    let isSilent = true
    const snapshotStore: SnapshotStore = {
      ...place.snapshots,
      save: (key, snapshot) => (isSilent ? silent : place.snapshots).save(key, snapshot),
    }
    const { repository, snapshots } = tallies(store, { snapshotStore, timeoutMs: 300, policy: () => true })
    const saving = repository.execute("a", "add", [1])
    await clock.advance(300)
    expect((await saving).version).toBe(1)
    isSilent = false
    for (const [waited, taken] of [
      [0, 0],
      [2999, 0],
      [1, 1],
    ] as const) {
      await clock.advance(waited)
      await repository.execute(`after ${waited}`, "add", [1])
      expect(snapshots.status().taken).toBe(taken)
    }
  })

  it("may also throw at once", async () => {
    const fail = () => {
      throw new TypeError("not a function")
    }
    const { repository, snapshots } = tallies(createMemoryStore(), {
      snapshotStore: { load: fail, save: fail, prune: fail },
    })
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    expect((await repository.load("a")).version).toBe(5)
    expect(snapshots.status()).toMatchObject({ failed: 1, misses: { "store-failed": 2 } })
  })

  it("leaves no timer behind where it does answer", async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock })
    const place = createMemoryStore()
    const { repository, snapshots } = tallies(store, { snapshotStore: place.snapshots })
    await repository.execute("a", "add", [1, 1, 1, 1, 1])
    await repository.load("a")
    expect(clock.sleepers).toBe(0)
    expect(snapshots.status()).toMatchObject({ hits: 1, taken: 1, failed: 0 })
  })

  it("holds up a close no longer than is said, and what waits is dropped", async () => {
    const clock = createFakeClock()
    const store = createMemoryStore({ clock })
    const { repository, snapshots } = tallies(store, {
      snapshotStore: { ...silent, load: async () => undefined },
      take: "background",
      timeoutMs: 60_000,
    })
    for (const id of ["a", "b", "c"]) await repository.execute(id, "add", [1, 1, 1, 1, 1])
    await expect(snapshots.close({ timeoutMs: 0 })).rejects.toMatchObject({ path: "timeoutMs" })
    const closed = snapshots.close({ timeoutMs: 500 })
    await clock.advance(500)
    await closed
    expect(snapshots.status()).toMatchObject({ taken: 0, failed: 0, dropped: 2, waiting: 1 })
  })
})

describe("a place outside", () => {
  it("loses what it knows of events that were replaced, before others come to be at their versions", async () => {
    const { logger, lines } = memoryLog()
    const place = createMemoryStore()
    const before = createMemoryStore()
    await add(before, 1, 2, 3, 4, 5, 6)
    await tallies(before, { snapshotStore: place.snapshots }).snapshots.take("a")
    const restored = createMemoryStore({ logger })
    await add(restored, 1, 2)
    const { repository, snapshots } = tallies(restored, { snapshotStore: place.snapshots, policy: never() })
    expect((await repository.load("a")).state.total).toBe(3)
    await add(restored, 10, 10, 10, 10, 10)
    expect((await repository.load("a")).state.total).toBe(53)
    expect(snapshots.status().misses).toMatchObject({ differs: 1, missing: 1 })
    expect(lines).toHaveLength(1)
  })

  it("keeps what a transaction doesn't see the events of", async () => {
    const place = createMemoryStore()
    const store = createMemoryStore()
    const { repository, snapshots } = tallies(store, { snapshotStore: place.snapshots, keepLast: "all" })
    await add(store, 1, 2)
    await snapshots.take("a")
    // As if it had been taken after the transaction began.
    const state = { encoding: "json", body: '{"total":9,"amounts":[]}' }
    await place.snapshots.save(keyOf("a"), { revision: 9, schemaVersion: 1, state, takenAt: 1 })
    await store.transaction(async (unitOfWork) => {
      const inside = repository.within(unitOfWork)
      expect((await inside.load("a")).state.total).toBe(3)
    })
    expect(await revisionsOf(place, "a")).toEqual([9, 2])
    expect(snapshots.status()).toMatchObject({ hits: 1, misses: { differs: 0 } })
  })

  it("keeps a name apart that looks like that of a tenant's", async () => {
    const place = createMemoryStore()
    const store = createMemoryStore()
    const odd = defineDecider('["red","tally"]', {
      events: [added],
      initial: () => ({ total: 1000, amounts: [] as { amount: number }[] }),
      evolve: { added: (state) => state },
      decide: { add: (_state, amount: number) => added({ amount }) },
    })
    const options = { policy: everyEvents(1), snapshotStore: place.snapshots }
    const oddSnapshots = createSnapshots(store, odd, options)
    await createRepository(store, odd, { snapshots: oddSnapshots }).execute("a", "add", 1)
    const { repository } = tallies(store.forTenant("red"), options)
    await add(store.forTenant("red"), 7)
    expect((await repository.load("a")).state.total).toBe(7)
  })

  it("is noticed where a function finds it, so that nothing of a transaction that is undone is kept", async () => {
    const { logger, lines } = memoryLog()
    const place = createMemoryStore()
    for (const take of ["after", "transaction"] as const) {
      const store = createMemoryStore({ logger })
      const { repository, snapshots } = tallies(store, { snapshotStore: (_place) => place.snapshots, take })
      const undone = store.transaction(async (unitOfWork) => {
        await repository.within(unitOfWork).execute("a", "add", [9, 9, 9, 9, 9])
        throw new Error("undo")
      })
      await expect(undone).rejects.toThrow("undo")
      expect(await revisionsOf(place, "a")).toEqual([])
      expect(snapshots.status()).toMatchObject({
        failed: 1,
        lastError: { code: "INVALID_OPTION", path: "snapshotStore" },
      })
    }
    expect(lines.map(({ message }) => message)).toContain("a snapshot could not be taken")
  })

  it("is refused as a function that doesn't look where it is to find one, so that it might make a new one each time", () => {
    const [store, archive] = [createMemoryStore(), createMemoryStore()]
    const snapshotStore = () => createEventSnapshotStore(archive)
    const error = expect.objectContaining({ code: "INVALID_OPTION", path: "snapshotStore" })
    expect(() => tallies(store, { snapshotStore })).toThrow(error)
  })
})

describe("a logger that throws", () => {
  it("fails neither loads nor saves, and ends nothing in the background", async () => {
    const fail = () => {
      throw new Error("the log is full")
    }
    const store = createMemoryStore({ logger: { debug: fail, info: fail, warn: fail, error: fail } })
    const rejecting = async () => Promise.reject(new Error("gone"))
    const snapshotStore = { load: rejecting, save: rejecting, prune: rejecting }
    for (const take of ["after", "background"] as const) {
      const { repository, snapshots } = tallies(store, { snapshotStore, take, policy: () => true })
      await repository.execute(take, "add", [1])
      await snapshots.drain()
      expect((await repository.load(take)).version).toBe(1)
      expect(snapshots.status().failed).toBe(1)
    }
  })
})

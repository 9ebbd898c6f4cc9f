import { AsyncLocalStorage } from "node:async_hooks"
import { createMemoryStore, createRepository, type EventStore, type SnapshotStore } from "@annals/core"
import { createSnapshots, type SnapshotOptions, type SnapshotPlace } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { memoryLog, revisionsOf } from "./stores.ts"
import { type TallyState, tally } from "./tallies.ts"

/** Snapshots of the store whose saves wait until they are let through. */
function slowPlace() {
  const waiting: (() => void)[] = []
  const begun: string[] = []
  let open = false
  const snapshotStore = ({ snapshots }: SnapshotPlace): SnapshotStore => ({
    load: (key, atMost) => snapshots.load(key, atMost),
    async save(key, snapshot) {
      begun.push(`${key.id} ${snapshot.revision}`)
      if (!open) await new Promise<void>((resolve) => waiting.push(resolve))
      return snapshots.save(key, snapshot)
    },
    prune: (key, keepLast) => snapshots.prune(key, keepLast),
  })
  const letThrough = () => {
    open = true
    for (const resolve of waiting.splice(0)) resolve()
  }
  const until = async (count: number) => {
    while (begun.length < count) await new Promise((resolve) => setImmediate(resolve))
  }
  return { snapshotStore, begun, letThrough, until }
}

function tallies(store: EventStore, options: SnapshotOptions<TallyState> = {}) {
  const snapshots = createSnapshots(store, tally, { policy: () => true, take: "background", ...options })
  const repository = createRepository(store, tally, { snapshots })
  return { snapshots, add: (id: string) => repository.execute(id, "add", [1]), repository }
}

// What is slow here stands outside of the store's writer queue: `keepLast: "all"` needs no transaction.
const keepLast = "all"

describe("in the background", () => {
  it("lets the save go on, writes one at a time, and one for each stream: the newest", async () => {
    const store = createMemoryStore()
    const { snapshotStore, begun, letThrough, until } = slowPlace()
    const { snapshots, add } = tallies(store, { snapshotStore, keepLast })
    await add("a")
    await until(1)
    for (const id of ["a", "b", "a", "b", "a"]) await add(id)
    expect(begun).toEqual(["a 1"])
    expect(snapshots.status()).toMatchObject({ waiting: 3, taken: 0 })
    letThrough()
    await snapshots.drain()
    expect(begun).toEqual(["a 1", "a 4", "b 2"])
    expect(snapshots.status()).toMatchObject({ waiting: 0, taken: 3, dropped: 0 })
  })

  it("never replaces a newer snapshot by one that came late", async () => {
    const store = createMemoryStore()
    const { snapshotStore, letThrough, until } = slowPlace()
    const slow = tallies(store, { snapshotStore, keepLast })
    const quick = tallies(store, { take: "after", keepLast })
    await slow.add("a")
    await until(1)
    await quick.add("a")
    letThrough()
    await slow.snapshots.drain()
    expect(await revisionsOf(store, "a")).toEqual([2])
    expect(slow.snapshots.status()).toMatchObject({ taken: 0, failed: 0 })
    expect((await slow.repository.load("a")).state.total).toBe(2)
  })

  it("writes the newer one of two that come in the wrong order", async () => {
    const store = createMemoryStore()
    const { snapshotStore, begun, letThrough, until } = slowPlace()
    const { snapshots, add } = tallies(store, { snapshotStore, keepLast })
    await add("z")
    await until(1)
    for (const toVersion of [2, 1]) {
      const stream = { tenant: "", category: "tally", id: "a" }
      const growth = { stream, fromVersion: 0, toVersion, replayed: 0 }
      snapshots.saved({ total: toVersion, amounts: [] }, growth, undefined)
    }
    letThrough()
    await snapshots.drain()
    expect(begun).toEqual(["z 1", "a 2"])
  })

  it("drops and counts what there is no room for", async () => {
    const store = createMemoryStore()
    const { snapshotStore, letThrough, until } = slowPlace()
    const { snapshots, add } = tallies(store, { snapshotStore, keepLast, maxWaiting: 2 })
    await add("a")
    await until(1)
    for (const id of ["b", "c", "d", "b", "e"]) await add(id)
    expect(snapshots.status()).toMatchObject({ waiting: 3, dropped: 2 })
    letThrough()
    await snapshots.drain()
    expect(await Promise.all(["a", "b", "c", "d", "e"].map((id) => revisionsOf(store, id)))).toEqual([
      [1],
      [2],
      [1],
      [],
      [],
    ])
  })

  it("is written out when it is closed, and takes none after that", async () => {
    const store = createMemoryStore()
    const { snapshotStore, letThrough, until } = slowPlace()
    const { snapshots, add, repository } = tallies(store, { snapshotStore, keepLast })
    await add("a")
    await add("b")
    await until(1)
    const closed = snapshots.close()
    await add("c")
    letThrough()
    await closed
    expect(snapshots.status()).toMatchObject({ waiting: 0, taken: 2 })
    await snapshots.close()
    await add("a")
    await snapshots[Symbol.asyncDispose]()
    expect(await Promise.all(["a", "b", "c"].map((id) => revisionsOf(store, id)))).toEqual([[1], [1], []])
    expect((await repository.load("a")).state.total).toBe(2)
    expect(snapshots.status().hits).toBeGreaterThan(0)
  })

  it("ends when the store is closed, with a line in the log", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const { snapshots, add } = tallies(store)
    await add("z")
    await snapshots.drain()
    const adding = Promise.all(["a", "b", "c"].map(add))
    await adding
    await store.close()
    await snapshots.drain()
    await snapshots.close()
    const { taken, failed, dropped, waiting } = snapshots.status()
    expect([taken + failed + dropped, waiting]).toEqual([4, 0])
    expect(lines.length).toBeLessThanOrEqual(1)
  })

  it("goes on after a failure", async () => {
    const store = createMemoryStore()
    let failures = 1
    const snapshotStore = ({ snapshots }: SnapshotPlace): SnapshotStore => ({
      ...snapshots,
      save: async (key, snapshot) => {
        if (failures-- > 0) throw new Error("busy")
        return snapshots.save(key, snapshot)
      },
    })
    const { snapshots, add } = tallies(store, { snapshotStore })
    await add("a")
    await add("b")
    await snapshots.drain()
    expect(snapshots.status()).toMatchObject({ taken: 1, failed: 1, lastError: new Error("busy") })
  })

  it("writes nothing for a stream once its snapshots are removed", async () => {
    const store = createMemoryStore()
    const { snapshotStore, letThrough, until } = slowPlace()
    const { snapshots, add } = tallies(store, { snapshotStore, keepLast })
    await add("a")
    await until(1)
    await add("a")
    await add("b")
    const removed = snapshots.remove("a")
    letThrough()
    expect(await removed).toBe(1)
    await snapshots.drain()
    expect([await revisionsOf(store, "a"), await revisionsOf(store, "b")]).toEqual([[], [1]])
  })

  it("writes each in the context of its save", async () => {
    const request = new AsyncLocalStorage<string>()
    const seen: string[] = []
    const store = createMemoryStore()
    const observer = {
      around: <Result>(operation: { name: string; streamId?: string }, run: () => Promise<Result>) => {
        if (operation.name === "snapshot") seen.push(`${operation.streamId} in ${request.getStore()}`)
        return run()
      },
      record: () => {},
    }
    const { snapshots, add } = tallies(store, { observer })
    await Promise.all(["a", "b"].map((id) => request.run(`request ${id}`, () => add(id))))
    await snapshots.drain()
    expect(seen.sort()).toEqual(["a in request a", "b in request b"])
  })
})

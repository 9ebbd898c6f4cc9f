import { createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots, everyEvents } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { memoryLog } from "./stores.ts"
import { added, tally } from "./tallies.ts"

const streamOf = (id: string) => ({ tenant: "", category: "tally", id })

describe("what a process remembers", () => {
  it("is the newest snapshots of ten thousand streams, those used last", async () => {
    const store = createMemoryStore()
    const newest = new Map<string, number | undefined>()
    let asked = ""
    const policy = (moment: { readonly newest: { readonly revision: number } | undefined }) => {
      newest.set(asked, moment.newest?.revision)
      return moment.newest === undefined
    }
    const snapshots = createSnapshots(store, tally, { policy, keepLast: "all" })
    const saveAt = (id: string, toVersion: number) => {
      asked = id
      const growth = { stream: streamOf(id), fromVersion: toVersion - 1, toVersion, replayed: 0 }
      return snapshots.saved({ total: 0, amounts: [] }, growth, undefined)
    }
    for (let index = 0; index < 10_001; index++) await saveAt(`${index}`, 1)
    for (const id of ["0", "1", "10000"]) await saveAt(id, 2)
    expect([newest.get("0"), newest.get("1"), newest.get("10000")]).toEqual([undefined, undefined, 1])
  })

  it("isn't less than it knew, when an earlier version is loaded", async () => {
    const store = createMemoryStore()
    const seen: (number | undefined)[] = []
    const every = everyEvents(5)
    const snapshots = createSnapshots(store, tally, {
      policy: (moment) => {
        seen.push(moment.newest?.revision)
        return every(moment)
      },
      keepLast: "all",
    })
    const repository = createRepository(store, tally, { snapshots, cache: {} })
    for (let saves = 0; saves < 2; saves++) await repository.execute("a", "add", [1, 1, 1, 1, 1])
    await repository.load("a", { atVersion: 7 })
    await repository.execute("a", "add", [1])
    expect(seen).toEqual([undefined, 5, 10])
  })

  it("is a thousand warnings, which aren't repeated", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const snapshots = createSnapshots(store, tally, {
      snapshotStore: {
        load: async (_key, atMost = 1) =>
          atMost < 1
            ? undefined
            : { revision: 1, schemaVersion: 1, state: { encoding: "json", body: "?" }, takenAt: 1 },
        save: async () => true,
        prune: async () => 0,
      },
    })
    const load = (index: number) => snapshots.load(streamOf(`${index}`), undefined, store, undefined)
    await store.append({ category: "tally", id: "0" }, [added({ amount: 1 })])
    for (let index = 0; index < 1000; index++) await load(index)
    await load(0)
    expect(lines).toHaveLength(1000)
    await load(1000)
    await load(0)
    expect(lines).toHaveLength(1002)
  })
})

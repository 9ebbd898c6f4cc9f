import { AnnalsError, createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots, everyEvents } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { tallies } from "./kept-tallies.ts"
import { revisionsOf } from "./stores.ts"
import { changingTally, tally } from "./tallies.ts"

describe("an aggregate that is folded once more in a unit of work", () => {
  it("undoes it where the database fails meanwhile, and not where only its rules do", async () => {
    const store = createMemoryStore()
    let failure: Error | undefined
    const policy = () => {
      failure = next
      return true
    }
    const snapshots = createSnapshots(store, changingTally, { policy })
    const repository = createRepository(store, changingTally, { snapshots })
    const add = (id: string) =>
      store.transaction((unitOfWork) => {
        const { events } = unitOfWork
        const readStream = (...read: Parameters<typeof events.readStream>) => {
          if (failure !== undefined) throw failure
          return events.readStream(...read)
        }
        failure = undefined
        const inside = { ...unitOfWork, events: { ...events, readStream } }
        return repository.within(inside as typeof unitOfWork).execute(id, "add", [1])
      })
    let next: Error | undefined = new AnnalsError("STORE_FAILED", "the statement was cancelled")
    await expect(add("a")).rejects.toMatchObject({ code: "STORE_FAILED", stream: "tally/a", cause: next })
    expect(await repository.version("a")).toBe(0)
    next = new TypeError("undefined is not a function")
    await add("b")
    expect(await repository.version("b")).toBe(1)
    expect(snapshots.status()).toMatchObject({ failed: 2, lastError: next })
  })
})

describe("a repository on the log of a unit of work", () => {
  it("replays everything, and has snapshots taken in the transaction, or none", async () => {
    for (const take of ["after", "background", "transaction"] as const) {
      const store = createMemoryStore()
      const { repository, snapshots } = tallies(store, { take })
      await repository.execute("a", "add", [1, 1, 1, 1, 1])
      await snapshots.drain()
      const { hits } = snapshots.status()
      const work = (isUndone: boolean) =>
        store.transaction(async ({ events }) => {
          const inside = createRepository(events, tally, { snapshots })
          await inside.execute("a", "add", [1, 1, 1, 1, 1])
          if (isUndone) throw new Error("undo")
        })
      await expect(work(true)).rejects.toThrow("undo")
      await snapshots.drain()
      expect(await revisionsOf(store, "a")).toEqual([5])
      await work(false)
      await snapshots.drain()
      expect(await revisionsOf(store, "a")).toEqual([take === "transaction" ? 10 : 5])
      expect(snapshots.status()).toMatchObject({ hits, failed: 0 })
    }
  })
})

describe("units of work, one after another", () => {
  it("take no more snapshots than the policy wants", async () => {
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store, { policy: everyEvents(5) })
    for (let saves = 0; saves < 30; saves++) {
      await store.transaction((unitOfWork) => repository.within(unitOfWork).execute("a", "add", [1]))
    }
    expect(await revisionsOf(store, "a")).toEqual([30])
    expect(snapshots.status()).toMatchObject({ taken: 6, hits: 25, misses: { missing: 5 } })
  })
})

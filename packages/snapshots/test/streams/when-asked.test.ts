import { createMemoryStore, createRepository } from "@annals/core"
import { createSnapshots, never } from "@annals/snapshots"
import { describe, expect, it } from "vitest"
import { failingPlace, tallies } from "./kept-tallies.ts"
import { damage, keyOf, memoryLog, revisionsOf } from "./stores.ts"
import { type TallyState, tally } from "./tallies.ts"

describe("taking one when asked", () => {
  it("takes it of the newest state, once", async () => {
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store, { policy: never() })
    await repository.execute("a", "add", [1, 2])
    expect(await snapshots.take("a")).toBe(true)
    expect(await snapshots.take("a")).toBe(false)
    expect(await revisionsOf(store, "a")).toEqual([2])
  })

  it.each([
    ["damaged", { body: "{" }],
    ["of an older schema", { schemaVersion: 1 }],
  ])("replaces one that is %s", async (_what, change) => {
    const store = createMemoryStore()
    await createRepository(store, tally).execute("a", "add", [1, 2])
    await createSnapshots(store, tally, { policy: never() }).take("a")
    await damage(store, "a", change)
    const { snapshots, repository } = tallies(store, { schemaVersion: 2 })
    expect(await snapshots.take("a")).toBe(true)
    expect(await snapshots.take("a")).toBe(false)
    expect(await store.snapshots.load(keyOf("a"))).toMatchObject({ revision: 2, schemaVersion: 2 })
    expect((await repository.load("a")).state.total).toBe(3)
  })

  it("leaves one of a later version that it can't use, which another program took meanwhile", async () => {
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store, { schemaVersion: 2, policy: never() })
    await repository.execute("a", "add", [1, 2])
    const state = { encoding: "json", body: "{}" }
    await store.snapshots.save(keyOf("a"), { revision: 3, schemaVersion: 1, state, takenAt: 1 })
    expect(await snapshots.take("a")).toBe(false)
    expect(await revisionsOf(store, "a")).toEqual([3])
  })

  it("rejects as loading does, where the state can't be kept, as the store does, and when closed", async () => {
    const { trouble, snapshotStore } = failingPlace()
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store, { policy: never(), snapshotStore })
    await expect(snapshots.take("nobody")).rejects.toMatchObject({ code: "STREAM_NOT_FOUND" })
    await repository.execute("a", "add", [1])
    trouble.error = new Error("no room")
    await expect(snapshots.take("a")).rejects.toBe(trouble.error)
    const form = { save: () => Number.NaN, restore: () => ({}) as TallyState }
    await expect(tallies(store, { form }).snapshots.take("a")).rejects.toMatchObject({
      code: "INVALID_VALUE",
    })
    expect(snapshots.status().failed).toBe(1)
    await snapshots.close()
    await expect(snapshots.take("a")).rejects.toMatchObject({ code: "CLOSED" })
  })

  it("removes all of an aggregate", async () => {
    const store = createMemoryStore()
    const { snapshots, repository } = tallies(store, { policy: () => true, keepLast: "all" })
    await repository.execute("a", "add", [1])
    await repository.execute("a", "add", [1])
    await repository.execute("b", "add", [1])
    expect(await snapshots.remove("a")).toBe(2)
    expect(await snapshots.remove("a")).toBe(0)
    expect(await revisionsOf(store, "b")).toEqual([1])
    await expect(snapshots.remove("")).rejects.toMatchObject({ code: "INVALID_NAME" })
  })
})

describe("taking those of a whole category", () => {
  it("takes them where there is enough to replay, and resumes where it was ended", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const plain = createRepository(store, tally)
    for (const [id, count] of [
      ["a", 12],
      ["b", 9],
      ["c", 30],
      ["d", 10],
      ["gone", 20],
    ] as const)
      await plain.execute(id, "add", Array(count).fill(1))
    await plain.discard("gone")
    await createRepository(store.forTenant("red"), tally).execute("a", "add", Array(50).fill(1))
    const { snapshots } = tallies(store, { policy: never() })
    const ending = new AbortController()
    const seen: number[] = []
    const onProgress = (progress: { readonly seen: number }) => {
      seen.push(progress.seen)
      if (progress.seen === 2) ending.abort()
    }
    const part = await snapshots.takeAll({ minToReplay: 10, onProgress, signal: ending.signal })
    expect([part, seen]).toEqual([{ seen: 2, taken: 1, failed: 0 }, [1, 2]])
    expect(await snapshots.takeAll({ minToReplay: 10 })).toEqual({ seen: 5, taken: 2, failed: 0 })
    expect(await snapshots.takeAll({ minToReplay: 10 })).toEqual({ seen: 5, taken: 0, failed: 0 })
    expect(await snapshots.takeAll({ minToReplay: 10, signal: AbortSignal.abort() })).toMatchObject({
      seen: 0,
    })
    expect(await revisionsOf(store.forTenant("red"), "a")).toEqual([])
    expect(lines).toEqual([])
  })

  it("takes them anew when the schema version was raised", async () => {
    const store = createMemoryStore()
    await createRepository(store, tally).execute("a", "add", Array(12).fill(1))
    await tallies(store).snapshots.takeAll({ minToReplay: 1 })
    const { snapshots, repository } = tallies(store, { schemaVersion: 2, policy: never() })
    expect(await snapshots.takeAll({ minToReplay: 10 })).toMatchObject({ taken: 1 })
    await repository.load("a")
    expect(snapshots.status().hits).toBe(1)
  })

  it("counts and logs those that can't be kept, and goes on", async () => {
    const { logger, lines } = memoryLog()
    const store = createMemoryStore({ logger })
    const plain = createRepository(store, tally)
    await plain.execute("a", "add", [1])
    await plain.execute("b", "add", [2])
    const form = {
      save: (state: TallyState) => (state.total === 1 ? (undefined as never) : state),
      restore: (state: TallyState) => state,
    }
    const snapshots = createSnapshots(store, tally, { policy: never(), form })
    expect(await snapshots.takeAll({ minToReplay: 1 })).toEqual({ seen: 2, taken: 1, failed: 1 })
    expect(lines).toMatchObject([
      { message: "a snapshot could not be taken", fields: { snapshot: "tally/a" } },
    ])
    await expect(snapshots.takeAll({ minToReplay: 0 })).rejects.toMatchObject({ path: "minToReplay" })
    await snapshots.close()
    await expect(snapshots.takeAll({ minToReplay: 1 })).rejects.toMatchObject({ code: "CLOSED" })
  })
})

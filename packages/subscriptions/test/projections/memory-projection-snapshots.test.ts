import { createMemoryStore, defineProjection } from "@annals/core"
import { describe, expect, it } from "vitest"
import { createMemoryProjection } from "../../src/index.ts"
import { openMemoryScene } from "../subjects/memory-scene.ts"
import { failureOf, settle } from "../subjects/waiting.ts"
import { accounts, deposited } from "./accounts.ts"
import { KeptFolds } from "./kept-folds.ts"

const alice = accounts.stream("alice")

interface Totals {
  cents: number
  readonly seen: number[]
}

/** Changes its state in place, and remembers what it counted, so that nothing counts twice unseen. */
const totals = defineProjection("totals", {
  events: [deposited],
  initial: (): Totals => ({ cents: 0, seen: [] }),
  on: {
    deposited: (state, { data: { cents } }) => {
      state.cents += cents
      state.seen.push(cents)
      if (cents === 13) throw new Error("not thirteen")
    },
  },
})

const deposits = (...cents: number[]) => cents.map((each) => deposited({ cents: each }))

describe("a projection in memory with snapshots", () => {
  it("tells of each batch how it grew, and the next one continues from there", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    await store.append(alice, deposits(1, 2, 3))
    const first = scene.keep(createMemoryProjection(store, totals, { snapshots, pageSize: 2 }))
    await first.start()
    await first.waitFor(await store.head())
    await first.stop()
    expect(snapshots.growths).toEqual([
      { scope: {}, fromPosition: 0, toPosition: 2, folded: 2 },
      { scope: {}, fromPosition: 2, toPosition: 3, folded: 1 },
    ])
    await store.append(alice, deposits(4))
    const reads = scene.reads.length
    const second = scene.keep(createMemoryProjection(store, totals, { snapshots }))
    await second.start()
    await second.waitFor(await store.head())
    expect(second.state.seen).toEqual([1, 2, 3, 4])
    expect(scene.reads.slice(reads).flatMap(({ page }) => page.events)).toHaveLength(1)
    await second.stop()
    expect(snapshots.growths.at(-1)).toEqual({ scope: {}, fromPosition: 3, toPosition: 4, folded: 1 })
  })

  it("goes on with its own state when it is stopped and started, and loads no snapshot again", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    await store.append(alice, deposits(1))
    const projection = scene.keep(createMemoryProjection(store, totals, { snapshots }))
    for (const cents of [2, 3]) {
      await projection.start()
      await projection.waitFor(await store.head())
      await projection.stop()
      await store.append(alice, deposits(cents))
    }
    await projection.start()
    await projection.waitFor(await store.head())
    expect(projection.state.seen).toEqual([1, 2, 3])
    expect(snapshots.loads).toHaveLength(1)
  })

  it("names the part of the log that its state is of", async () => {
    await using scene = openMemoryScene()
    const snapshots = new KeptFolds<Totals>(scene.store)
    const filter = { categories: ["account"], tags: ["a"] }
    for (const [store, options] of [
      [scene.store, filter],
      [scene.store, { tenant: "red" }],
      [scene.store.forTenant("blue"), {}],
    ] as const) {
      const projection = scene.keep(createMemoryProjection(store, totals, { ...options, snapshots }))
      await projection.start()
    }
    expect(snapshots.loads).toEqual([filter, { tenant: "red" }, { tenant: "blue" }])
  })

  it("doesn't use a snapshot of a position that the log hasn't reached: the log is a restored older one", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    snapshots.kept.push({ position: 3, json: '{"cents":99,"seen":[99]}' })
    await store.append(alice, deposits(1, 2))
    const projection = scene.keep(createMemoryProjection(store, totals, { snapshots }))
    await projection.start()
    await store.append(alice, deposits(3))
    await projection.waitFor(await store.head())
    expect(projection.state.seen).toEqual([1, 2, 3])
  })

  it("folds on while a snapshot is slow, and then tells at once of all that it folded meanwhile", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    const projection = scene.keep(createMemoryProjection(store, totals, { snapshots, pageSize: 1 }))
    await projection.start()
    const slow = Promise.withResolvers<void>()
    snapshots.before = () => slow.promise
    await store.append(alice, deposits(1, 2, 3))
    await projection.waitFor(await store.head())
    expect([projection.state.cents, snapshots.growths]).toEqual([6, []])
    let isStopped = false
    const stopping = projection.stop().then(() => {
      isStopped = true
    })
    await settle()
    expect(isStopped).toBe(false)
    slow.resolve()
    await stopping
    expect(snapshots.growths.map(({ toPosition, folded }) => [toPosition, folded])).toEqual([
      [1, 1],
      [3, 2],
    ])
    expect(snapshots.kept.map(({ json }) => JSON.parse(json).seen)).toEqual([[1], [1, 2, 3]])
  })

  it("stops in time, also when a snapshot never ends", async () => {
    await using scene = openMemoryScene()
    const { store, clock } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    const projection = createMemoryProjection(store, totals, { snapshots })
    await projection.start()
    snapshots.before = () => new Promise(() => {})
    await store.append(alice, deposits(1))
    await projection.waitFor(await store.head())
    const stopping = projection.stop({ timeoutMs: 500 })
    await settle()
    await clock.advance(500)
    await stopping
    expect(projection.status().state).toBe("stopped")
  })

  it("keeps nothing of a state that a handler had half changed when it threw", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    const projection = scene.keep(createMemoryProjection(store, totals, { snapshots, pageSize: 1 }))
    await projection.start()
    const slow = Promise.withResolvers<void>()
    snapshots.before = () => slow.promise
    await store.append(alice, deposits(1, 2, 13))
    await failureOf(projection.done)
    slow.resolve()
    await settle()
    expect(snapshots.kept.map(({ json }) => JSON.parse(json).seen)).toEqual([[1]])
  })

  it("goes on when taking a snapshot fails", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    const snapshots = new KeptFolds<Totals>(scene.store)
    const projection = scene.keep(createMemoryProjection(store, totals, { snapshots }))
    await projection.start()
    snapshots.before = () => {
      throw new Error("the disk is full")
    }
    await store.append(alice, deposits(1))
    await projection.waitFor(await store.head())
    await store.append(alice, deposits(2))
    await projection.waitFor(await store.head())
    expect(projection.state.seen).toEqual([1, 2])
  })

  it("refuses what are no snapshots, and those of another store or projection", async () => {
    await using scene = openMemoryScene()
    const { store } = scene
    for (const [snapshots, path] of [
      [{ store, load: async () => undefined } as never, "snapshots.folded"],
      [new KeptFolds<Totals>(createMemoryStore()), "snapshots"],
      [new KeptFolds<Totals>(store, "fees"), "snapshots"],
    ] as const) {
      expect(() => createMemoryProjection(store, totals, { snapshots })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", path }),
      )
    }
  })
})

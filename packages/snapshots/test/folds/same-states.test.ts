import assert from "node:assert/strict"
import { createMemoryStore, type EventStore, type FoldScope, type SnapshotKey } from "@annals/core"
import {
  createEventSnapshotStore,
  createFoldSnapshots,
  everyEvents,
  type FoldSnapshots,
  type SnapshotPlace,
} from "@annals/snapshots"
import { createMemoryProjection, type MemoryProjection } from "@annals/subscriptions"
import * as fc from "fast-check"
import { describe, it } from "vitest"
import { addNumbers, folded, type Totals, totals } from "./totals.ts"

const scopes: readonly FoldScope[] = [{}, { categories: ["even"] }, { tags: ["fourth"], tenant: "" }]
const scope = fc.nat({ max: scopes.length - 1 })
const number = fc.nat({ max: 9 })

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ does: fc.constant("add" as const), scope, number }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("read" as const), scope, number }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constant("read-earlier" as const), scope, number }) },
  ...(["take", "follow", "restart", "lose", "damage", "other-version", "lag-behind"] as const).map(
    (does) => ({
      weight: 1,
      arbitrary: fc.record({ does: fc.constant(does), scope, number }),
    }),
  ),
)

const places = ["in the store", "as events in the store", "as events elsewhere"] as const

const settings = fc.record({
  every: fc.integer({ min: 1, max: 9 }),
  keepLast: fc.constantFrom(1, 2, "all" as const),
  pageSize: fc.integer({ min: 1, max: 5 }),
  kept: fc.constantFrom(...places),
})

interface Part {
  readonly scope: FoldScope
  readonly create: () => FoldSnapshots<Totals>
  snapshots: FoldSnapshots<Totals>
  running: MemoryProjection<Totals> | undefined
  /** A state that somebody folded long ago, and only now tells of. */
  late: { readonly state: Totals; readonly position: number } | undefined
}

describe("any fold of any log", () => {
  it("comes to the same states with snapshots as without, whatever becomes of them", {
    timeout: 60_000,
  }, async () => {
    const steps = fc.array(step, { minLength: 5, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(settings, steps, async (given, steps) => {
        await using world = createWorld(given)
        let added = 0
        for (const { does, scope, number } of steps) {
          const part = world.parts[scope] as Part
          if (does === "add") {
            await addNumbers(world.store, number, added)
            added += number
          } else await act(world, part, does, number)
        }
        for (const part of world.parts) await compare(world.store, part, undefined)
      }),
      { numRuns: 60 },
    )
  })
})

type World = ReturnType<typeof createWorld>

interface Settings {
  readonly every: number
  readonly keepLast: number | "all"
  readonly pageSize: number
  readonly kept: (typeof places)[number]
}

function createWorld({ every, keepLast, pageSize, kept }: Settings) {
  const store = createMemoryStore()
  const elsewhere = createMemoryStore()
  const place =
    kept === "in the store"
      ? store.snapshots
      : createEventSnapshotStore(kept === places[1] ? store : elsewhere)
  const snapshotStore =
    kept === places[1] ? ({ events }: SnapshotPlace) => createEventSnapshotStore(events) : place
  const own = kept === "in the store" ? {} : { snapshotStore }
  const parts = scopes.map((scope): Part => {
    const create = () =>
      createFoldSnapshots(store, totals, {
        ...scope,
        policy: everyEvents(every),
        keepLast,
        pageSize,
        ...own,
      })
    return { scope, create, snapshots: create(), running: undefined, late: undefined }
  })
  return {
    store,
    parts,
    place,
    async [Symbol.asyncDispose]() {
      for (const { running } of parts) await running?.stop()
      await elsewhere.close()
      await store.close()
    },
  }
}

async function act(world: World, part: Part, does: string, number: number): Promise<void> {
  const { store, place } = world
  const key: SnapshotKey = { kind: "fold", name: "totals", id: "" }
  switch (does) {
    case "read":
      return compare(store, part, undefined)
    case "read-earlier":
      return compare(store, part, Math.max(0, (await store.head()) - number))
    case "take":
      await part.snapshots.take()
      return
    case "follow": {
      part.running ??= createMemoryProjection(store, totals, {
        ...part.scope,
        snapshots: part.snapshots,
        pageSize: 2,
      })
      await part.running.start()
      await part.running.waitFor(await store.head())
      // What it is told of its state is told beside.
      await part.running.stop()
      return assert.deepEqual(part.running.state, await folded(store, part.scope))
    }
    case "restart":
      await part.running?.stop()
      part.running = undefined
      part.snapshots = part.create()
      return
    case "lose":
      await place.prune(key, number % 3)
      return
    case "damage":
    case "other-version": {
      const found = await place.load(key)
      if (found === undefined) return
      await place.prune(key, 0)
      const changed =
        does === "damage" ? { state: { encoding: "json", body: '{"sum":' } } : { schemaVersion: number + 2 }
      await place.save(key, { ...found, ...changed })
      return
    }
    default: {
      const { late } = part
      const head = await store.head()
      part.late = { state: await folded(store, part.scope), position: head }
      if (late === undefined) return
      const growth = {
        scope: part.scope,
        fromPosition: 0,
        toPosition: late.position,
        folded: late.state.count,
      }
      await part.snapshots.folded(late.state, growth)
    }
  }
}

async function compare(store: EventStore, part: Part, atPosition: number | undefined): Promise<void> {
  const { state, position } = await part.snapshots.read(atPosition === undefined ? {} : { atPosition })
  if (atPosition !== undefined) assert.equal(position, atPosition)
  assert.deepEqual(state, await folded(store, part.scope, position))
}

import assert from "node:assert/strict"
import type { Snapshot, SnapshotKey, SnapshotStore } from "@annals/core"
import * as fc from "fast-check"
import type { Runner } from "../runner.ts"
import { snapshot } from "./sample-snapshots.ts"
import type { CreateSnapshotStoreSubject } from "./snapshot-store-subject.ts"

const id = fc.constantFrom("a", "b")
const few = fc.nat({ max: 5 })

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("save" as const), id, number: few }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("load" as const), id, number: few }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("prune" as const), id, number: fc.nat({ max: 3 }) }),
  },
)

/** Any operations on two keys, against lists in memory. All runs share a store: each has keys of its own. */
export function snapshotModel({ describe, it }: Runner, create: CreateSnapshotStoreSubject): void {
  describe("any operations on snapshots", () => {
    it("do what a list in memory does", async () => {
      await using subject = await create()
      let run = 0
      const property = fc.asyncProperty(
        fc.array(step, { minLength: 12, maxLength: 30, size: "max" }),
        async (steps) => {
          run++
          const model = new Map<string, Snapshot[]>()
          for (const each of steps) {
            const key = keyOf(`run ${run}`, each.id)
            const kept = model.get(each.id) ?? []
            model.set(each.id, kept)
            await compare(subject.snapshots, kept, key, each)
          }
          for (const [id, kept] of model) await compareAll(subject.snapshots, kept, `run ${run}`, id)
        },
      )
      await fc.assert(property, { numRuns: 20 })
    })
  })
}

function keyOf(name: string, id: string): SnapshotKey {
  return { kind: "stream", name, id }
}

async function compareAll(
  snapshots: SnapshotStore,
  kept: readonly Snapshot[],
  name: string,
  id: string,
): Promise<void> {
  for (const one of kept) assert.deepEqual(await snapshots.load(keyOf(name, id), one.revision), one)
}

async function compare(
  snapshots: SnapshotStore,
  kept: Snapshot[],
  key: SnapshotKey,
  { kind, number }: { readonly kind: "save" | "load" | "prune"; readonly number: number },
): Promise<void> {
  switch (kind) {
    case "save": {
      const newest = kept.at(-1)?.revision ?? -1
      const saved = snapshot(Math.max(0, newest - 1 + number))
      const isNewer = saved.revision > newest
      if (isNewer) kept.push(saved)
      assert.equal(await snapshots.save(key, saved), isNewer)
      break
    }
    case "load": {
      const atMost = number * 4
      const wanted = kept.findLast(({ revision }) => revision <= atMost)
      assert.deepEqual(await snapshots.load(key, atMost), wanted)
      break
    }
    default: {
      const surplus = Math.max(0, kept.length - number)
      kept.splice(0, surplus)
      assert.equal(await snapshots.prune(key, number), surplus)
    }
  }
  assert.deepEqual(await snapshots.load(key), kept.at(-1))
}

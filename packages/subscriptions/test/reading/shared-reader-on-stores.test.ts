import assert from "node:assert/strict"
import type { EventStore } from "@annals/core"
import { it } from "vitest"
import type { LogReader, ReadFilter } from "../../src/reading/log-reader.ts"
import { SharedReader } from "../../src/reading/shared-reader.ts"
import { StoreReader } from "../../src/reading/store-reader.ts"
import { describeStores } from "../subjects/stores.ts"
import { countReads } from "./counting-store.ts"
import { turn } from "./log-world.ts"

const types = ["opened", "moved", "closed"]

async function append(store: EventStore, id: string, count: number): Promise<void> {
  const events = Array.from({ length: count }, (_, index) => ({
    type: types[index % 3] as string,
    data: index,
    tags: index % 4 === 0 ? ["red"] : [],
  }))
  await store.append({ category: "account", id }, events)
}

/** Positions, until it has passed the end, once that is known. */
async function readTo(
  reader: LogReader,
  filter: ReadFilter,
  end: () => number,
  limit: number,
): Promise<number[]> {
  const seen: number[] = []
  for (let after = 0; after < end(); ) {
    const page = await reader.read({ filter, after, limit })
    seen.push(...page.events.map(({ position }) => position))
    after = page.scannedTo
    if (!page.more) await turn()
  }
  return seen
}

const filters: readonly ReadFilter[] = [
  {},
  {},
  { types: ["opened"] },
  { types: ["moved", "closed"] },
  { types: ["opened"], tags: ["red"] },
  { query: [{ types: ["closed"] }, { tags: ["red"] }] },
  { tenant: "blue" },
  { slots: Array.from({ length: 512 }, (_, index) => index) },
]

describeStores("a shared reader", (open) => {
  it("gives what a direct reader gives, while others append here and elsewhere", async () => {
    await using scene = await open()
    const { store } = scene
    const other = scene.otherHandle()
    await append(store, "first", 200)
    const reader = new SharedReader(store)
    let end = Number.POSITIVE_INFINITY
    const writing = (async () => {
      for (let round = 0; round < 10; round++) {
        await Promise.all([
          append(store, `a${round % 3}`, 5),
          append(other.forTenant("blue"), `b${round}`, 5),
        ])
      }
      end = await store.head()
    })()
    const reading = filters.map((filter, index) => readTo(reader, filter, () => end, 7 + index * 5))
    const [found] = await Promise.all([Promise.all(reading), writing])
    for (const [index, filter] of filters.entries()) {
      const expected = await readTo(new StoreReader(store), filter, () => end, 100)
      assert.deepEqual(found[index], expected, JSON.stringify(filter))
    }
  })

  it("reads pages once for ten that catch up together", async () => {
    await using scene = await open()
    await append(scene.store, "a", 1_000)
    const { counted, reads } = countReads(scene.store)
    const reader = new SharedReader(counted)
    const all = await Promise.all(Array.from({ length: 10 }, () => readTo(reader, {}, () => 1_000, 50)))
    for (const seen of all) assert.equal(seen.length, 1_000)
    assert.ok(reads.length <= 1_000 / 50, `${reads.length} reads, of 200 that each would have done alone`)
  })
})

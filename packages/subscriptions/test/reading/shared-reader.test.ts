import assert from "node:assert/strict"
import { createMemoryStore, type EventStore, type NewEvent, type StoredEvent, slotOf } from "@annals/core"
import fc from "fast-check"
import { describe, it } from "vitest"
import type { LogReader, ReadFilter } from "../../src/reading/log-reader.ts"
import { SharedReader } from "../../src/reading/shared-reader.ts"
import { StoreReader } from "../../src/reading/store-reader.ts"
import { countReads } from "./counting-store.ts"
import { turn } from "./log-world.ts"

const types = ["opened", "moved", "closed"]
const categories = ["account", "order"]
const tags = ["red", "big"]

/** Event `n` is told by `n` alone. */
function eventOf(n: number): NewEvent {
  return {
    type: types[n % 3] as string,
    data: { n },
    tags: tags.filter((_, index) => (n >> index) % 2 === 1),
  }
}

async function fill(store: EventStore, count: number, first = 0): Promise<void> {
  for (let n = first; n < first + count; n++) {
    const tenant = n % 7 === 0 ? "blue" : ""
    await store
      .forTenant(tenant)
      .append({ category: categories[n % 2] as string, id: `${n % 5}` }, [eventOf(n)])
  }
}

/** Reads until the end, a few turns after each page. */
async function readAll(
  reader: LogReader,
  filter: ReadFilter,
  { after = 0, limit = 100, turns = () => 1, until }: ReadingOptions = {},
): Promise<StoredEvent[]> {
  const seen: StoredEvent[] = []
  let position = after
  for (let more = true; more; ) {
    const page = await reader.read({ filter, after: position, limit, ...(until !== undefined && { until }) })
    assert.ok(page.events.length <= limit, "no more than were asked for")
    assert.ok(page.scannedTo > position || !page.more, "progress")
    for (const event of page.events) assert.ok(event.position > position && event.position <= page.scannedTo)
    seen.push(...page.events)
    position = page.scannedTo
    more = page.more
    for (let left = turns(); left > 0; left--) await turn()
  }
  return seen
}

interface ReadingOptions {
  readonly after?: number
  readonly until?: number
  readonly limit?: number
  readonly turns?: () => number
}

describe("a shared reader", () => {
  it("reads a page once for ten that want it at the same time", async () => {
    await using store = createMemoryStore()
    await fill(store, 30)
    const { counted, reads } = countReads(store)
    const reader = new SharedReader(counted)
    const read = () => reader.read({ filter: {}, after: 0, limit: 100 })
    const pages = await Promise.all(Array.from({ length: 10 }, read))
    for (const page of pages) assert.deepEqual([page.events.length, page.more], [30, false])
    assert.equal(reads.length, 1)
    assert.equal((await read()).events.length, 30)
    assert.equal(reads.length, 1, "and keeps it for those who come a little later")
  })

  it("reads about a tenth of what ten that catch up together would read", async () => {
    await using store = createMemoryStore()
    await fill(store, 3_000)
    const filters: ReadFilter[] = Array.from({ length: 10 }, (_, index) => ({
      types: [types[index % 3] as string, types[(index + 1) % 3] as string],
    }))
    const speed = (index: number) => ({ limit: 100, turns: () => 1 + (index % 3) })
    const alone = countReads(store)
    const expected = await Promise.all(
      filters.map((filter, index) => readAll(new StoreReader(alone.counted), filter, speed(index))),
    )
    const together = countReads(store)
    const reader = new SharedReader(together.counted)
    const found = await Promise.all(filters.map((filter, index) => readAll(reader, filter, speed(index))))
    for (const [index, events] of expected.entries()) {
      assert.deepEqual(
        found[index]?.map(({ position }) => position),
        events.map(({ position }) => position),
      )
    }
    assert.ok(
      together.reads.length <= alone.reads.length / 9,
      `${together.reads.length} of ${alone.reads.length}`,
    )
  })

  it("leaves the filter of a reader that is alone to the database", async () => {
    await using store = createMemoryStore()
    await fill(store, 500)
    const { counted, reads } = countReads(store)
    await readAll(new SharedReader(counted), { types: ["opened"], tags: ["red"] }, { limit: 10 })
    for (const { types, tags } of reads)
      assert.deepEqual({ types, tags }, { types: ["opened"], tags: ["red"] })
  })

  it("reads apart what no one filter says well", async () => {
    await using store = createMemoryStore()
    await fill(store, 500)
    const { counted, reads } = countReads(store)
    const reader = new SharedReader(counted)
    await Promise.all([readAll(reader, { types: ["opened"] }), readAll(reader, { tags: ["red"] })])
    for (const { types, tags } of reads) assert.ok(types !== undefined || tags !== undefined)
  })

  it("reads by the filter of all that are near, and by none where one wants everything", async () => {
    await using store = createMemoryStore()
    await fill(store, 500)
    for (const [filters, expected] of [
      [
        [{ types: ["opened"] }, { types: ["closed"] }],
        ["opened", "closed"],
      ],
      [[{ types: ["opened"] }, {}, { tags: ["red"] }], undefined],
    ] as const) {
      const { counted, reads } = countReads(store)
      const reader = new SharedReader(counted)
      await Promise.all(filters.map((filter) => readAll(reader, filter, { limit: 20 })))
      assert.deepEqual(reads.at(-1)?.types?.toSorted(), expected?.toSorted())
    }
  })

  it("says that the end is reached only of a page that was begun after it was asked", async () => {
    await using store = createMemoryStore()
    await fill(store, 20)
    const reader = new SharedReader(store)
    const [first] = await Promise.all([1, 2].map(() => reader.read({ filter: {}, after: 0, limit: 100 })))
    assert.equal(first?.more, false)
    await fill(store, 1, 20)
    const later = await reader.read({ filter: {}, after: 5, limit: 100 })
    assert.equal(later.more, true, "the page that is there knows nothing of the last event")
    const rest = await readAll(reader, {}, { after: later.scannedTo })
    assert.equal(later.events.length + rest.length, 16)
  })

  it("keeps an aborted reader's page for those who wait for it, and rejects at once", async () => {
    await using store = createMemoryStore()
    await fill(store, 20)
    const held = holdReads(store)
    const reader = new SharedReader(held.store)
    const abort = new AbortController()
    const first = reader.read({ filter: {}, after: 0, limit: 100, signal: abort.signal })
    const second = reader.read({ filter: {}, after: 0, limit: 100 })
    abort.abort(new Error("stopped"))
    await assert.rejects(first, /stopped/)
    held.letGo()
    assert.equal((await second).events.length, 20)
    await assert.rejects(reader.read({ filter: {}, after: 0, limit: 1, signal: abort.signal }), /stopped/)
  })

  it("has nobody wait for a reader that failed: each tries for itself", async () => {
    await using store = createMemoryStore()
    await fill(store, 20)
    let failures = 1
    const flaky = {
      ...store,
      readAll: (options: object) => {
        if (failures-- > 0) throw new Error("connection lost")
        return store.readAll(options)
      },
    } as EventStore
    const reader = new SharedReader(flaky)
    const read = () => reader.read({ filter: {}, after: 0, limit: 100 })
    const [first, ...others] = await Promise.allSettled([read(), read(), read()])
    for (const outcome of others) assert.equal(outcome.status, "fulfilled")
    failures = 100
    await assert.rejects(reader.read({ filter: {}, after: 20, limit: 100 }), /connection lost/)
    failures = 0
    assert.equal((await reader.read({ filter: {}, after: 20, limit: 100 })).more, false)
    assert.notEqual(first, undefined)
  })

  it("refuses a filter that is none, without harm to others", async () => {
    await using store = createMemoryStore()
    await fill(store, 20)
    const reader = new SharedReader(store)
    const [refused, read] = await Promise.allSettled([
      reader.read({ filter: { types: [] }, after: 0, limit: 100 }),
      reader.read({ filter: {}, after: 0, limit: 100 }),
    ])
    assert.equal(refused.status, "rejected")
    assert.equal((refused as PromiseRejectedResult).reason.code, "INVALID_OPTION")
    assert.equal(read.status, "fulfilled")
  })

  it("gives every reader bytes of its own", async () => {
    await using store = createMemoryStore()
    await store.append({ category: "scan", id: "a" }, [{ type: "scanned", data: Uint8Array.of(1, 2) }])
    const reader = new SharedReader(store)
    for (const _ of [1, 2]) {
      const pages = await Promise.all([1, 2, 3].map(() => reader.read({ filter: {}, after: 0, limit: 10 })))
      for (const { events } of pages) {
        const body = events[0]?.payload.body
        assert.ok(body instanceof Uint8Array)
        assert.deepEqual([...body], [1, 2])
        body.fill(0)
      }
    }
  })

  it("gives bytes of their own also to those who come while a page is read for one", async () => {
    await using store = createMemoryStore()
    await store.append({ category: "scan", id: "a" }, [{ type: "scanned", data: Uint8Array.of(1, 2) }])
    const held = holdReads(store)
    const reader = new SharedReader(held.store)
    const read = () => reader.read({ filter: {}, after: 0, limit: 10 })
    const first = read()
    await turn()
    const second = read()
    await turn()
    held.letGo()
    const [one, other] = (await Promise.all([first, second])).map(({ events }) => events[0]?.payload.body)
    assert.deepEqual(one, other)
    assert.notEqual(one, other)
  })

  it("keeps a bounded number of events, and still gives all to those far behind", async () => {
    await using store = createMemoryStore()
    await fill(store, 15_000)
    const { counted, reads } = countReads(store)
    const reader = new SharedReader(counted)
    await Promise.all([readAll(reader, {}, { limit: 1_000 }), readAll(reader, {}, { limit: 1_000 })])
    const before = reads.length
    const late = await readAll(reader, {}, { limit: 1_000 })
    assert.equal(late.length, 15_000)
    assert.ok(reads.length > before, "the first pages aren't kept")
  })

  it("gives exactly what a direct reader gives, whoever reads along", { timeout: 60_000 }, async () => {
    await using full = createMemoryStore()
    await fill(full, 120)
    const everything = await readAll(new StoreReader(full), {})
    const some = <Item>(items: readonly Item[]) =>
      fc.option(fc.subarray([...items], { minLength: 1 }), { nil: undefined })
    const slots = [...new Set(everything.map(({ stream }) => slotOf(stream)))]
    const filter = fc
      .record({
        types: some(types),
        categories: some(categories),
        tags: some(tags),
        query: fc.option(fc.constantFrom([], [{ types: ["opened"] }, { tags: ["big"] }]), { nil: undefined }),
        tenant: fc.option(fc.constantFrom("", "blue"), { nil: undefined }),
        slots: some(slots),
      })
      .map((parts) => JSON.parse(JSON.stringify(parts)) as ReadFilter)
    const reading = fc.record({
      filter,
      after: fc.oneof(fc.constant(0), fc.nat({ max: 130 })),
      until: fc.option(fc.nat({ max: 130 }), { nil: undefined, freq: 5 }),
      limit: fc.integer({ min: 1, max: 40 }),
      turns: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
      delay: fc.nat({ max: 10 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(reading, { minLength: 1, maxLength: 6 }), async (readings) => {
        await using store = createMemoryStore()
        await fill(store, 60)
        const reader = new SharedReader(store)
        let at = 0
        const work = readings.map(async ({ filter, after, until, limit, turns, delay }) => {
          for (let left = delay; left > 0; left--) await turn()
          const options = { after, limit, turns: () => turns[at++ % turns.length] as number }
          return readAll(reader, filter, { ...options, ...(until !== undefined && { until }) })
        })
        await fill(store, 60, 60)
        const first = await Promise.all(work)
        for (const [index, { filter, after, until = 120, limit }] of readings.entries()) {
          const seen = first[index] as StoredEvent[]
          const end = seen.at(-1)?.position ?? after
          const rest = await readAll(reader, filter, { after: end, until, limit })
          const expected = await readAll(new StoreReader(store), filter, { after, until, limit })
          const positions = [...seen, ...rest].map(({ position }) => position)
          assert.deepEqual(
            positions.filter((position) => position <= until),
            expected.map(({ position }) => position),
          )
        }
      }),
      { numRuns: 150, endOnFailure: true },
    )
  })

  it("shows whoever asks everything that was appended before", { timeout: 60_000 }, async () => {
    await using store = createMemoryStore()
    const reader = new SharedReader(store)
    let appended = 0
    let failed = false
    const writing = (async () => {
      for (; appended < 300; ) {
        await fill(store, 1, appended)
        appended++
        if (appended % 4 === 0) await turn()
      }
    })()
    const watching = Array.from({ length: 5 }, async (_, index) => {
      let position = 0
      while (position < 300 && !failed) {
        const before = appended
        const page = await reader.read({ filter: {}, after: position, limit: 50 })
        position = page.scannedTo
        if (!page.more) assert.ok(position >= before, "at the end it has all that was there when it asked")
        for (let left = index; left >= 0; left--) await turn()
      }
    })
    await Promise.all([writing, ...watching]).finally(() => {
      failed = true
    })
  })
})

/** A store whose reads wait to be let go. */
function holdReads<Tx>(store: EventStore<Tx>) {
  const gate = Promise.withResolvers<void>()
  const readAll = (options: object) => {
    const reader = store.readAll(options)
    async function* undecodedPages() {
      await gate.promise
      yield* reader.undecodedPages()
    }
    return { ...reader, undecodedPages }
  }
  return { store: { ...store, readAll } as EventStore<Tx>, letGo: () => gate.resolve() }
}

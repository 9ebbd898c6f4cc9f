import assert from "node:assert/strict"
import { type EventFilter, matchesQuery, type ReadAllOptions, type RecordedEvent, slotOf } from "@annals/core"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import fc from "fast-check"
import { describe, it } from "vitest"

/**
 * The store keeps runs of streams, tags and correlations, and segments of kinds, where others have an entry for each event. Whatever
 * is asked of it, the answer must be that of a plain array.
 */

/** Bounds the search for a small example of a failure. */
const interruptAfterTimeLimit = 20_000

const tenants = ["", "red"] as const
const categories = ["order", "invoice"] as const
const types = ["placed", "paid", "sent"] as const
const tags = ["a", "b", "c"] as const
const correlations = ["01890000-0000-7000-8000-000000000001", "request 7"] as const
const streamIds = ["1", "2", "3"] as const

/** So many events in a row that are alike. */
const eventsInARow = fc.record({
  type: fc.constantFrom(...types),
  tags: fc.subarray([...tags]),
  correlationId: fc.option(fc.constantFrom(...correlations), { nil: undefined, freq: 2 }),
  times: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 2, arbitrary: fc.integer({ min: 40, max: 130 }) },
    { weight: 1, arbitrary: fc.integer({ min: 400, max: 1100 }) },
  ),
})
type EventsInARow = typeof eventsInARow extends fc.Arbitrary<infer Value> ? Value : never

const append = fc.record({
  tenant: fc.constantFrom(...tenants),
  streams: fc.uniqueArray(
    fc.record({
      category: fc.constantFrom(...categories),
      id: fc.constantFrom(...streamIds),
      events: fc.array(eventsInARow, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3, selector: ({ category, id }) => `${category}/${id}` },
  ),
})
type Append = typeof append extends fc.Arbitrary<infer Value> ? Value : never

const someOf = <Value>(values: readonly Value[]) =>
  fc.option(fc.subarray([...values], { minLength: 1 }), { nil: undefined, freq: 2 })

const queryItem = fc.record({ types: someOf(types), tags: someOf([...tags, "never used"]) }).map(given)
const filter = fc.record({
  types: someOf([...types, "never used"]),
  categories: someOf([...categories, "never used"]),
  tags: someOf(tags),
  query: fc.option(fc.array(queryItem, { maxLength: 3 }), { nil: undefined, freq: 2 }),
  tenant: fc.option(fc.constantFrom(...tenants, "never used"), { nil: undefined }),
  streams: someOf(categories.flatMap((category) => streamIds.map((id) => ({ category, id })))),
  correlationId: fc.option(fc.constantFrom(...correlations, "never used"), { nil: undefined, freq: 3 }),
})

/** Places in a log of any length, near and far from its ends and from those of segments. */
const place = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 1020, max: 1030 }),
  fc.integer({ min: 0, max: 2600 }),
)
const range = fc.record({
  direction: fc.constantFrom("forward", "backward"),
  after: fc.option(place, { nil: undefined }),
  until: fc.option(place, { nil: undefined }),
  limit: fc.option(
    fc.oneof(
      fc.integer({ min: 1, max: 5 }),
      place.filter((limit) => limit > 0),
    ),
    { nil: undefined },
  ),
  pageSize: fc.constantFrom(7, 64, 1000, 1023, 100_000),
})
type Drawn = typeof range extends fc.Arbitrary<infer Value> ? Value : never
type Range = Partial<Omit<Drawn, "pageSize">> & { readonly pageSize?: number }

describe("reading a random log", () => {
  it("gives what a plain array would give, for every filter, in both directions, in pages of any size", {
    timeout: 60_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(append, { minLength: 1, maxLength: 14 }),
        fc.array(fc.tuple(filter, range), { minLength: 12, maxLength: 12 }),
        async (appends, reads) => {
          await using store = createSqliteStore({ file: ":memory:" })
          const log = await record(store, appends)
          for (const [{ streams, ...drawn }, drawnRange] of reads) {
            const slots = streams?.flatMap((stream) => tenants.map((tenant) => slotOf({ tenant, ...stream })))
            await assertReads(store, log, given({ ...drawn, slots }), drawnRange)
          }
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit },
    )
  })

  it("gives each stream as a plain array would give it", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(append, { minLength: 1, maxLength: 14 }),
        fc.array(range, { minLength: 6, maxLength: 6 }),
        async (appends, ranges) => {
          await using store = createSqliteStore({ file: ":memory:" })
          const log = await record(store, appends)
          for (const [index, drawnRange] of ranges.entries()) {
            const tenant = tenants[index % 2] as string
            const stream = { category: categories[index % 2] as string, id: streamIds[index % 3] as string }
            const events = log.filter((event) => event.tenant === tenant && isOf(stream, event))
            const handle = store.forTenant(tenant)
            const read = await handle.readStream(stream, given(drawnRange)).toArray()
            assert.deepEqual(read.map(facts), slice(events, drawnRange, ({ version }) => version).map(facts))
            assert.equal(await handle.streamVersion(stream), events.length)
          }
        },
      ),
      { numRuns: 30, interruptAfterTimeLimit },
    )
  })

  it("holds an append condition exactly when a plain array has no match", { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(append, { minLength: 1, maxLength: 10 }),
        fc.array(fc.tuple(fc.constantFrom(...tenants), fc.array(queryItem, { maxLength: 3 }), place), {
          minLength: 12,
        }),
        async (appends, conditions) => {
          await using store = createSqliteStore({ file: ":memory:" })
          const log = await record(store, appends)
          for (const [tenant, query, after] of conditions) {
            const isRefused = await refuses(store.forTenant(tenant), query, after)
            const match = log.find(
              (event) => event.position > after && event.tenant === tenant && matchesQuery(query, event),
            )
            assert.equal(isRefused, match !== undefined, JSON.stringify({ tenant, query, after }))
          }
        },
      ),
      { numRuns: 30, interruptAfterTimeLimit },
    )
  })
})

describe("a log that is longer than what one page may look at", () => {
  const someSlots = [slotOf({ tenant: "", category: "order", id: "3" })]
  const filters: readonly EventFilter[] = [
    {},
    { tags: ["second"] },
    { tags: ["third"] },
    { tags: ["second", "third"] },
    { tags: ["second", "rare"] },
    { tags: ["second"], types: ["late"] },
    { tags: ["third"], categories: ["invoice"] },
    { tags: ["most"], types: ["rare"] },
    { tags: ["second"], slots: someSlots },
    { types: ["rare"] },
    { types: ["late"] },
    { types: ["last"] },
    { slots: someSlots },
    { correlationId: "request 0", types: ["late"] },
    { query: [{ tags: ["rare"] }, { types: ["late"], tags: ["third"] }, { tags: ["nowhere"] }] },
    // The first item comes to the end of what a page may look at before the second one.
    { query: [{ tags: ["most"], types: ["last"] }, { tags: ["rare"] }] },
  ]

  it("is read as a plain array would be", { timeout: 60_000 }, async () => {
    await using store = await createLongLog()
    const log = await store.readAll({ pageSize: 100_000 }).toArray()
    assert.equal(log.length, longLog)
    for (const filter of filters) {
      for (const direction of ["forward", "backward"] as const) {
        await assertReads(store, log, filter, { direction, pageSize: 300 })
        await assertReads(store, log, filter, { direction, pageSize: 100_000 })
        await assertReads(store, log, filter, { direction, after: 2222, until: 25_000, limit: 5000 })
      }
    }
  })

  it("is looked through in several pages where most events carry the tag and few pass", async () => {
    await using store = await createLongLog()
    for (const direction of ["forward", "backward"] as const) {
      let pages = 0
      for await (const _page of store.readAll({ direction, tags: ["most"], types: ["last"] }).pages()) pages++
      assert.ok(pages > 1)
    }
  })

  it("refuses an append for a match that is beyond the first page", async () => {
    await using store = await createLongLog()
    assert.equal(await refuses(store, [{ types: ["last"], tags: ["most"] }], 0), true)
    assert.equal(await refuses(store, [{ types: ["last"], tags: ["most"] }], longLog), false)
    assert.equal(await refuses(store, [{ types: ["last"], tags: ["most", "rare"] }], 0), false)
  })
})

const longLog = 25_200

/** Alike neighbours are rare in it: nearly every event is a run of its own. */
async function createLongLog(): Promise<SqliteStore> {
  const store = createSqliteStore({ file: ":memory:" })
  for (let first = 0; first < longLog; first += 900) {
    await store.appendToStreams(
      Array.from({ length: 9 }, (_, stream) => ({
        stream: { category: stream < 6 ? "order" : "invoice", id: `${stream}` },
        events: Array.from({ length: 100 }, (_, index) => eventNumber(first + stream * 100 + index)),
      })),
    )
  }
  return store
}

function eventNumber(number: number) {
  const isRare = number % 3500 === 3499
  const tags = [
    ...(number % 2 === 0 ? ["second"] : []),
    ...(number % 3 === 0 ? ["third"] : []),
    ...(number % 8 === 0 ? [] : ["most"]),
    ...(isRare ? ["rare"] : []),
  ]
  return {
    type: typeOf(number, isRare),
    data: number,
    tags,
    metadata: { correlationId: `request ${number % 2}` },
  }
}

function typeOf(number: number, isRare: boolean): string {
  if (number === longLog - 1) return "last"
  if (isRare) return "rare"
  return number < 21_000 ? "early" : "late"
}

async function record(store: SqliteStore, appends: readonly Append[]): Promise<RecordedEvent[]> {
  const log: RecordedEvent[] = []
  let number = 0
  for (const { tenant, streams } of appends) {
    const result = await store.forTenant(tenant).appendToStreams(
      streams.map(({ category, id, events }) => ({
        stream: { category, id },
        events: events.flatMap((alike) => repeat(alike, () => ++number)),
      })),
    )
    log.push(...result.events)
  }
  return log
}

function repeat({ type, tags, correlationId, times }: EventsInARow, next: () => number) {
  return Array.from({ length: times }, () => ({
    type,
    tags,
    data: next(),
    metadata: correlationId === undefined ? {} : { correlationId },
  }))
}

async function assertReads(
  store: SqliteStore,
  log: readonly RecordedEvent[],
  filter: EventFilter,
  drawnRange: Range,
): Promise<void> {
  const options: ReadAllOptions = { ...filter, ...given(drawnRange) }
  const expected = slice(
    log.filter((event) => passes(event, filter)),
    drawnRange,
    ({ position }) => position,
  )
  const read = await store.readAll(options).toArray()
  assert.deepEqual(read.map(facts), expected.map(facts), JSON.stringify(options))
}

function passes(event: RecordedEvent, filter: EventFilter): boolean {
  const { types, categories, tags = [], query = [], tenant, slots, correlationId } = filter
  return (
    (types?.includes(event.type) ?? true) &&
    (categories?.includes(event.stream.category) ?? true) &&
    tags.every((tag) => event.tags.includes(tag)) &&
    matchesQuery(query, event) &&
    (tenant ?? event.tenant) === event.tenant &&
    (slots?.includes(slotOf({ tenant: event.tenant, ...event.stream })) ?? true) &&
    (correlationId ?? event.metadata.correlationId) === event.metadata.correlationId
  )
}

function slice(
  events: readonly RecordedEvent[],
  { direction, after = 0, until = Number.MAX_SAFE_INTEGER, limit }: Range,
  placeOf: (event: RecordedEvent) => number,
): readonly RecordedEvent[] {
  const inside = events.filter((event) => placeOf(event) > after && placeOf(event) <= until)
  return (direction === "backward" ? inside.toReversed() : inside).slice(0, limit)
}

/** What tells that it is the very event, in the right place. */
function facts({
  id,
  type,
  data,
  tags,
  tenant,
  stream,
  version,
  position,
  metadata,
}: RecordedEvent): unknown {
  return [
    id,
    type,
    data,
    tags.join(),
    tenant,
    stream.category,
    stream.id,
    version,
    position,
    metadata.correlationId,
  ].join("|")
}

async function refuses(
  store: { transaction: SqliteStore["transaction"] },
  query: NonNullable<EventFilter["query"]>,
  after: number,
): Promise<boolean> {
  const undone = new Error("the condition held")
  const attempt = store.transaction(async ({ events }) => {
    await events.append({ category: "other", id: "1" }, [{ type: "tried", data: null }], {
      condition: { query, after },
    })
    throw undone
  })
  const error: unknown = await attempt.catch((reason: unknown) => reason)
  if (error === undone) return false
  assert.equal((error as { code?: unknown }).code, "CONDITION_FAILED")
  return true
}

function isOf(stream: { category: string; id: string }, event: RecordedEvent): boolean {
  return event.stream.category === stream.category && event.stream.id === stream.id
}

type Given<Parts> = { readonly [Key in keyof Parts]?: Exclude<Parts[Key], undefined> }

/** Leaves out what wasn't drawn. */
function given<Parts extends object>(parts: Parts): Given<Parts> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Partial<
    Given<Parts>
  >
}

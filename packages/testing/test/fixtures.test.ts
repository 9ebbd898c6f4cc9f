import assert from "node:assert/strict"
import { createMemoryStore, defineEvent, type } from "@annals/core"
import { describe, it } from "vitest"
import {
  createFakeClock,
  createHistory,
  createSequentialIds,
  eventFixture,
  recorded,
  sequentialId,
} from "../src/index.ts"

const placed = defineEvent("placed", type<{ customer: string; cents: number }>(), {
  tags: ({ customer }) => [`customer:${customer}`],
})

describe("sequential ids", () => {
  it("are UUIDs, the same in every run, sorted, and apart from another series", () => {
    const [first, second] = [createSequentialIds(), createSequentialIds({ series: 1 })]
    const ids = [first(), first(), first()]
    assert.deepEqual(ids, [sequentialId(1), sequentialId(2), sequentialId(3)])
    assert.deepEqual(ids, ids.toSorted())
    assert.ok(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.test(id)))
    assert.ok(!ids.includes(second()))
  })

  it("serve a store", async () => {
    await using store = createMemoryStore({ generateId: createSequentialIds(), clock: createFakeClock() })
    const { eventIds } = await store.append({ category: "order", id: "1" }, [
      placed({ customer: "A", cents: 1 }),
    ])
    assert.deepEqual(eventIds, [sequentialId(1)])
  })
})

describe("an event fixture", () => {
  const anOrder = eventFixture(placed, { customer: "Alice", cents: 100 })

  it("makes events of its data, with changes where they are given", () => {
    assert.deepEqual(anOrder().data, { customer: "Alice", cents: 100 })
    assert.deepEqual(anOrder.with({ cents: 5 }).data, { customer: "Alice", cents: 5 })
    assert.deepEqual(anOrder.with({ cents: 5 }, { occurredAt: 7 }).occurredAt, 7)
    assert.equal(placed.is(anOrder()), true)
  })
})

describe("a history", () => {
  const anOrder = eventFixture(placed, { customer: "Alice", cents: 100 })

  it("counts versions by stream, and positions over all", () => {
    const history = createHistory({ tenant: "red", startsAt: 0 })
    const [a, b] = [
      { category: "order", id: "a" },
      { category: "order", id: "b" },
    ]
    history.add(a, anOrder(), anOrder())
    history.add(b, anOrder())
    const [last] = history.add(a, anOrder.with({ cents: 5 }))
    assert.deepEqual(
      history.events.map(({ stream, version, position, recordedAt }) => [
        stream.id,
        version,
        position,
        recordedAt,
      ]),
      [
        ["a", 1, 1, 0],
        ["a", 2, 2, 1_000],
        ["b", 1, 3, 2_000],
        ["a", 3, 4, 3_000],
      ],
    )
    assert.equal(last?.data.cents, 5)
    assert.ok(history.events.every(({ tenant }) => tenant === "red"))
  })

  it("records a single event with what a test says of it", () => {
    const event = recorded(anOrder.with({}, { metadata: { actor: "me" } }), {
      stream: { category: "order", id: "a" },
      version: 3,
      position: 9,
    })
    assert.deepEqual(
      [event.stream.id, event.version, event.position, event.metadata],
      ["a", 3, 9, { actor: "me" }],
    )
    assert.equal(event.id, sequentialId(9))
    assert.equal(event.occurredAt, event.recordedAt)
  })
})

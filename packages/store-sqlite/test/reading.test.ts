import { setImmediate } from "node:timers/promises"
import { createSqliteStore, type SqliteStore } from "@annals/store-sqlite"
import { describe, expect, it } from "vitest"

const stream = { category: "log", id: "one" }

describe("a read that lets little through", () => {
  it("tells how far it has come, a bounded page at a time, in both directions", async () => {
    await using store = await filledStore(60_000)
    for (const direction of ["forward", "backward"] as const) {
      const scanned: number[] = []
      for await (const page of store
        .readAll({ direction, slots: otherSlots(await slotOfOnly(store)) })
        .pages()) {
        expect(page.events).toEqual([])
        scanned.push(page.scannedTo)
      }
      expect(scanned.length).toBeGreaterThan(2)
      expect(scanned).toEqual(
        [...scanned].sort((left, right) => (direction === "forward" ? left - right : right - left)),
      )
    }
  })

  it("jumps to the events of a rare type", async () => {
    await using store = await filledStore(60_000)
    await store.append(stream, [{ type: "rare", data: 1 }])
    for (const direction of ["forward", "backward"] as const) {
      const pages: number[][] = []
      for await (const { events } of store.readAll({ direction, types: ["rare"] }).pages()) {
        pages.push(events.map(({ position }) => position))
      }
      expect(pages).toEqual([[60_001]])
    }
  })
})

it("a long read lets the rest of the process have its turns", async () => {
  await using store = await filledStore(20_000)
  let reading = true
  let turns = 0
  const read = (async () => {
    for await (const _ of store.readAll({ pageSize: 500 }));
    for (let round = 0; round < 200; round++) await store.head()
    reading = false
  })()
  while (reading) {
    await setImmediate()
    turns++
  }
  await read
  expect(turns).toBeGreaterThan(40)
})

it("text with NUL characters comes back as it was", async () => {
  const text = "a\0b\0\u{1f600}"
  await using store = createSqliteStore({
    file: ":memory:",
    serializer: {
      serialize: (data) => ({ encoding: "plain", body: String(data) }),
      deserialize: ({ body }) => body as string,
    },
  })
  await store.append(
    stream,
    [text, "", "plain"].map((data) => ({ type: "said", data })),
  )
  expect((await store.readAll().toArray()).map(({ data }) => data)).toEqual([text, "", "plain"])
})

async function filledStore(count: number): Promise<SqliteStore> {
  const store = createSqliteStore({ file: ":memory:" })
  const events = Array.from({ length: 10_000 }, (_, data) => ({ type: "counted", data }))
  for (let total = 0; total < count; total += events.length) await store.append(stream, events)
  return store
}

async function slotOfOnly(store: SqliteStore): Promise<number> {
  const slots = await store.transaction(({ tx }) => tx.prepare("SELECT slot FROM streams").all())
  return (slots[0] as { slot: number }).slot
}

function otherSlots(slot: number): number[] {
  return Array.from({ length: 1024 }, (_, index) => index).filter((other) => other !== slot)
}

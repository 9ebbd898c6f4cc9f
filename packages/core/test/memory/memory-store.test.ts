import { createMemoryStore, type EventStore, type MemoryStore, withContext } from "@annals/core"
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"

const note = (id: string) => ({ category: "note", id })
const noted = (n: number) => ({ type: "noted", data: n })

async function numbers(store: Pick<EventStore, "readAll">): Promise<unknown[]> {
  return (await store.readAll().toArray()).map(({ data }) => data)
}

describe("a transaction of the memory store", () => {
  it("makes all other writes wait, and takes back only its own", async () => {
    await using store = createMemoryStore()
    const { tx, rollback } = await store.beginTransaction()
    const { events, readModels } = store.within(tx)
    await events.append(note("a"), [noted(1)])
    await readModels.save("m", "mine", 1)
    const ended: string[] = []
    const others = [
      store.append(note("a"), [noted(2)]).then(() => ended.push("append")),
      store.readModels.save("m", "theirs", 2).then(() => ended.push("save")),
      store
        .transaction(({ events }) => events.append(note("a"), [noted(3)]))
        .then(() => ended.push("transaction")),
    ]
    await events.append(note("a"), [noted(4)])
    expect([ended, await numbers(store)]).toEqual([[], []])
    await rollback()
    await Promise.all(others)
    expect(ended.toSorted()).toEqual(["append", "save", "transaction"])
    expect(await numbers(store)).toEqual([2, 3])
    expect((await store.readModels.find("m")).rows.map(({ id }) => id)).toEqual(["theirs"])
  })

  it("leaves nothing for the next one to see when it is rolled back", async () => {
    await using store = createMemoryStore()
    await store.readModels.save("m", "kept", 1)
    const first = await store.beginTransaction()
    await store.within(first.tx).readModels.save("m", "new", 1)
    await store.within(first.tx).readModels.delete("m", "kept")
    await first.rollback()
    const second = await store.beginTransaction()
    const { rows } = await store.within(second.tx).readModels.find("m")
    await second.commit()
    expect(rows).toEqual([{ id: "kept", version: 1, value: 1 }])
  })

  it("never gives a position twice, and readers pass the gap that a rollback leaves", async () => {
    await using store = createMemoryStore()
    await store.append(note("a"), [noted(1)])
    const { tx, rollback } = await store.beginTransaction()
    const lost = await store.within(tx).events.append(note("b"), [noted(2), noted(3)])
    await rollback()
    const next = await store.append(note("c"), [noted(4)])
    expect([...lost.positions, ...next.positions]).toEqual([2, 3, 4])
    expect(await numbers(store)).toEqual([1, 4])
    for (const at of [1, 2, 3]) {
      expect((await store.readAll({ after: at }).toArray()).map(({ position }) => position)).toEqual([4])
      const backward = await store.readAll({ until: at, direction: "backward" }).toArray()
      expect(backward.map(({ position }) => position)).toEqual([1])
    }
  })

  it("can't be used once it has ended, nor in another store", async () => {
    await using store = createMemoryStore()
    await using other = createMemoryStore()
    const { tx, commit, rollback } = await store.beginTransaction()
    await expect(other.within(tx).events.head()).rejects.toMatchObject({ code: "CLOSED" })
    await commit()
    await expect(store.within(tx).events.append(note("a"), [noted(1)])).rejects.toMatchObject({
      code: "CLOSED",
    })
    await expect(store.within(tx).readModels.save("m", "1", 1)).rejects.toMatchObject({ code: "CLOSED" })
    await expect(commit()).rejects.toMatchObject({ code: "CLOSED" })
    await rollback()
  })

  it("can't begin once the store is closed", async () => {
    const store = createMemoryStore()
    await store.close()
    await expect(store.beginTransaction()).rejects.toMatchObject({ code: "CLOSED" })
  })

  it("behaves like a copy of all rows that is kept or thrown away", async () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant("save" as const), id: fc.constantFrom("a", "b", "c"), value: fc.nat(9) }),
      fc.record({ kind: fc.constant("delete" as const), id: fc.constantFrom("a", "b", "c") }),
    )
    const transaction = fc.record({
      commands: fc.array(command, { maxLength: 6 }),
      isCommitted: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { maxLength: 6 }), async (transactions) => {
        await using store = createMemoryStore()
        let committed = new Map<string, number>()
        for (const { commands, isCommitted } of transactions) {
          const staged = new Map(committed)
          const { tx, commit, rollback } = await store.beginTransaction()
          const { readModels } = store.within(tx)
          for (const given of commands) {
            if (given.kind === "delete") {
              expect(await readModels.delete("m", given.id)).toBe(staged.delete(given.id))
            } else {
              staged.set(given.id, given.value)
              await readModels.save("m", given.id, given.value)
            }
            expect(await rowsOf(readModels)).toEqual(sorted(staged))
            expect(await rowsOf(store.readModels)).toEqual(sorted(committed))
          }
          await (isCommitted ? commit() : rollback())
          if (isCommitted) committed = staged
          expect(await rowsOf(store.readModels)).toEqual(sorted(committed))
        }
      }),
    )
  })
})

async function rowsOf(readModels: MemoryStore["readModels"]): Promise<unknown> {
  return (await readModels.find("m")).rows.map(({ id, value }) => [id, value])
}

const sorted = (rows: ReadonlyMap<string, number>) =>
  [...rows].sort(([left], [right]) => (left < right ? -1 : 1))

describe("reading the memory store", () => {
  it("ends a page after a bounded scan, also where nothing matches", async () => {
    await using store = createMemoryStore()
    const events = Array.from({ length: 25_000 }, (_, n) => noted(n))
    await store.append(note("a"), [...events, { type: "rare", data: 0 }])
    const pages = []
    for await (const page of store.readAll({ types: ["rare"] }).pages()) {
      pages.push([page.events.length, page.scannedTo, page.more])
    }
    expect(pages).toEqual([
      [0, 10_000, true],
      [0, 20_000, true],
      [1, 25_001, false],
    ])
    const backward = []
    for await (const page of store.readAll({ types: ["none"], direction: "backward" }).pages()) {
      backward.push([page.events.length, page.more])
    }
    expect(backward).toEqual([
      [0, true],
      [0, true],
      [0, false],
    ])
  })

  it("lists streams by code point, as databases do", async () => {
    await using store = createMemoryStore()
    const ids = ["\u{1F600}", "\uFFFD", "b", "B", "a\u{1F600}", "a\uFFFD", "a", "é"]
    for (const id of ids) await store.append(note(id), [noted(1)])
    const listed = []
    for await (const { stream } of store.listStreams()) listed.push(stream.id)
    expect(listed).toEqual(
      ids.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))),
    )
  })

  it("wakes listeners once for what is committed together, and not for a rollback", async () => {
    await using store = createMemoryStore()
    const listener = vi.fn()
    using _listening = store.wakeUps.listen(listener)
    const { tx, rollback } = await store.beginTransaction()
    await store.within(tx).events.append(note("a"), [noted(1)])
    await rollback()
    await store.readModels.save("m", "1", 1)
    await new Promise(setImmediate)
    expect(listener).not.toHaveBeenCalled()
    await Promise.all([store.append(note("a"), [noted(1)]), store.append(note("b"), [noted(2)])])
    await vi.waitFor(() => expect(listener).toHaveBeenCalled(), { timeout: 30_000, interval: 1 })
  })

  it("wakes listeners outside of the writer's context", async () => {
    await using store = createMemoryStore()
    using _listening = store.wakeUps.listen(() => {
      store.append(note("heard"), [noted(2)], { expected: "no-stream" }).catch(() => {})
    })
    await withContext({ actor: "writer" }, () => store.append(note("a"), [noted(1)]))
    await vi.waitFor(async () => expect(await store.streamVersion(note("heard"))).toBe(1), {
      timeout: 30_000,
      interval: 1,
    })
    const [heard] = await store.readStream(note("heard")).toArray()
    expect(heard?.metadata).not.toHaveProperty("actor")
  })
})

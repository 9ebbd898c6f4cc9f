import assert from "node:assert/strict"
import { type EventFilter, type EventStore, matchesQuery, type RecordedEvent, slotOf } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { rangesAround, sliceByRange } from "./read-ranges.ts"
import { collected, everything, notebook, noted, notes, textOf, undecoded } from "./sample-events.ts"

/** Traps 17, 20, 23 and 30: the whole store, in the order of positions, filtered, with progress also where nothing passes. */
export function readAll<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("read the whole store", () => {
    it("gives all events of all streams, in the order they were recorded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), [noted("1")])
      await store.append(notebook("a"), [noted("2"), noted("3")])
      await store.append({ category: "diary", id: "b" }, [noted("4")])
      await store.append(notebook("b"), [noted("5")])
      const events = await everything(store)
      assert.deepEqual(events.map(textOf), ["1", "2", "3", "4", "5"])
      assert.deepEqual(
        events.map((event) => `${event.stream.category}/${event.stream.id}@${event.version}`),
        ["notebook/b@1", "notebook/a@1", "notebook/a@2", "diary/b@1", "notebook/b@2"],
      )
      const backward = await store.readAll({ direction: "backward" }).toArray()
      assert.deepEqual(backward, events.toReversed())
    })

    it("gives nothing for an empty store", async () => {
      await using subject = await create()
      const { store } = subject
      assert.deepEqual(await everything(store), [])
      assert.deepEqual(await store.readAll({ direction: "backward" }).toArray(), [])
      assert.equal(await store.head(), 0)
      assert.deepEqual(await store.listTenants(), [])
      assert.deepEqual(await collected(store.listStreams()), [])
    })

    it("has its head at the last event, when nothing is in flight", async () => {
      await using subject = await create()
      const { store } = subject
      const { position } = await store.append(notebook("a"), notes(3))
      assert.equal(await store.head(), position)
      assert.equal((await everything(store)).at(-1)?.position, position)
    })

    it("keeps to every combination of direction, after, until, limit and page size", async () => {
      await using subject = await create()
      const { store } = subject
      for (const id of ["a", "b", "a"]) await store.append(notebook(id), notes(2))
      const all = await everything(store)
      for (const range of rangesAround(all.map((event) => event.position))) {
        const read = (await store.readAll(range).toArray()).map((event) => event.position)
        const expected = sliceByRange(all, range, (event) => event.position).map((event) => event.position)
        assert.deepEqual(read, expected, `range ${JSON.stringify(range)}`)
      }
    })

    it("keeps to every combination also when it filters", async () => {
      await using subject = await create()
      const { store } = subject
      for (const round of [1, 2, 3, 4]) {
        await store.append(notebook("a"), [noted(`${round}`, { tags: ["wanted"] }), noted("no"), noted("no")])
      }
      const wanted = (await everything(store)).filter((event) => event.tags.includes("wanted"))
      for (const range of rangesAround(wanted.map((event) => event.position))) {
        const read = (await store.readAll({ ...range, tags: ["wanted"] }).toArray()).map(
          (event) => event.position,
        )
        const expected = sliceByRange(wanted, range, (event) => event.position).map((event) => event.position)
        assert.deepEqual(read, expected, `range ${JSON.stringify(range)}`)
      }
    })

    for (const { name, filter, passes } of filters) {
      it(`gives exactly the events ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        await recordMixture(store)
        const expected = (await everything(store)).filter(passes)
        assert.ok(expected.length > 0, "the filter lets something through")
        assert.deepEqual(await store.readAll(filter).toArray(), expected)
        assert.deepEqual(
          await store.readAll({ ...filter, direction: "backward" }).toArray(),
          expected.toReversed(),
        )
        assert.deepEqual(await store.readAll({ ...filter, pageSize: 1 }).toArray(), expected)
      })

      it(`tests also pages that are read already for events ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        await recordMixture(store)
        const passing = (await undecoded(store.readAll())).filter((event) => store.filterTest(filter)(event))
        assert.deepEqual(await store.decode(passing), await store.readAll(filter).toArray())
      })
    }

    it("gives nothing where parts of the filter contradict", async () => {
      await using subject = await create()
      const { store } = subject
      await recordMixture(store)
      assert.deepEqual(await store.readAll({ types: ["noted"], query: [{ types: ["drawn"] }] }).toArray(), [])
      assert.deepEqual(await store.readAll({ types: ["noted"], tags: ["nowhere"] }).toArray(), [])
    })

    it("gives each stream to exactly one slot", async () => {
      await using subject = await create()
      const { store } = subject
      for (let index = 0; index < 12; index++) await store.append(notebook(`${index}`), notes(1))
      for (let index = 0; index < 12; index++) {
        const slot = slotOf({ tenant: "", category: "notebook", id: `${index}` })
        const inSlot = await store.readAll({ slots: [slot] }).toArray()
        assert.ok(inSlot.some((event) => event.stream.id === `${index}`))
        assert.ok(inSlot.every((event) => slotOf({ tenant: event.tenant, ...event.stream }) === slot))
      }
    })

    for (const refused of [
      { types: [] },
      { tags: [] },
      { categories: [] },
      { slots: [] },
      { slots: [1024] },
      { slots: [-1] },
    ]) {
      it(`refuses ${JSON.stringify(refused)} as a filter, rather than guess`, async () => {
        await using subject = await create()
        const read = async () => subject.store.readAll(refused).toArray()
        await assert.rejects(read(), { code: "INVALID_OPTION" })
      })
    }
  })

  describe("read the whole store page by page", () => {
    for (const pageSize of [1, 3, 1000]) {
      it(`finds the needle behind 250 events that don't pass, in pages of ${pageSize}`, async () => {
        await using subject = await create()
        const { store } = subject
        await store.append(notebook("hay"), notes(250))
        await store.append(notebook("needle"), [noted("needle", { tags: ["sharp"] })])
        await store.append(notebook("hay"), notes(50))
        const found = await store.readAll({ tags: ["sharp"], pageSize }).toArray()
        assert.deepEqual(found.map(textOf), ["needle"])
        const backward = await store.readAll({ tags: ["sharp"], pageSize, direction: "backward" }).toArray()
        assert.deepEqual(backward.map(textOf), ["needle"])
      })
    }

    it("makes progress also where a filter lets nothing through", async () => {
      await using subject = await create()
      const { store } = subject
      const { position } = await store.append(notebook("a"), notes(40))
      const pages = await collected(store.readAll({ tags: ["nowhere"], pageSize: 10 }).pages())
      assert.deepEqual(
        pages.flatMap((page) => page.events),
        [],
      )
      assert.equal(pages.at(-1)?.more, false)
      assert.equal(pages.at(-1)?.scannedTo, position)
    })

    it("never says that it scanned beyond the head, or less than it gave", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(10))
      for (const filter of [{}, { types: ["noted"] }, { tags: ["nowhere"] }]) {
        let before = 0
        for await (const page of store.readAll({ ...filter, pageSize: 3 }).pages()) {
          assert.ok(page.events.length <= 3)
          assert.ok(page.scannedTo >= (page.events.at(-1)?.position ?? before))
          assert.ok(page.scannedTo <= (await store.head()))
          assert.ok(page.events.every((event) => event.position > before))
          before = page.scannedTo
        }
        assert.equal(before, await store.head())
      }
    })

    it("gives the same undecoded, with progress", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(7))
      for (const filter of [{}, { tags: ["nowhere"] }, { limit: 5 }]) {
        const read = store.readAll({ ...filter, pageSize: 3 })
        let before = 0
        for await (const page of read.undecodedPages()) {
          assert.ok(page.events.length <= 3)
          assert.ok(page.events.every(({ position }) => position > before && position <= page.scannedTo))
          before = page.scannedTo
        }
        assert.equal(before, (await collected(read.pages())).at(-1)?.scannedTo)
        assert.deepEqual(await store.decode(await undecoded(read)), await read.toArray())
      }
    })

    it("misses nothing and repeats nothing when reading goes on from scannedTo", async () => {
      await using subject = await create()
      const { store } = subject
      const seen: RecordedEvent[] = []
      let checkpoint = 0
      for (let round = 0; round < 6; round++) {
        await store.append(notebook(`${round % 2}`), notes(3))
        for await (const page of store.readAll({ after: checkpoint, pageSize: 2 }).pages()) {
          seen.push(...page.events)
          checkpoint = page.scannedTo
          if (round % 3 === 0) break
        }
      }
      for await (const page of store.readAll({ after: checkpoint }).pages()) seen.push(...page.events)
      assert.deepEqual(seen, await everything(store))
    })

    it("goes on backward from scannedTo", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(7))
      const seen: string[] = []
      let until: number | undefined
      for (let more = true; more; ) {
        const range = { direction: "backward", pageSize: 2, ...(until !== undefined && { until }) } as const
        for await (const page of store.readAll(range).pages()) {
          seen.push(...page.events.map(textOf))
          until = page.scannedTo - 1
          more = page.more
          break
        }
      }
      assert.deepEqual(seen, ["7", "6", "5", "4", "3", "2", "1"])
    })

    it("ends at a limit with a scannedTo from which the rest follows", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(7))
      const pages = await collected(store.readAll({ limit: 3, pageSize: 2 }).pages())
      assert.deepEqual(pages.flatMap((page) => page.events).map(textOf), ["1", "2", "3"])
      const rest = await store.readAll({ after: pages.at(-1)?.scannedTo ?? -1 }).toArray()
      assert.deepEqual(rest.map(textOf), ["4", "5", "6", "7"])
    })

    it("sees each event once while others are appended behind it", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(3))
      const seen: string[] = []
      for await (const event of store.readAll({ pageSize: 1 })) {
        seen.push(textOf(event))
        if (seen.length <= 5) await store.append(notebook(`${seen.length}`), notes(1, 3 + seen.length))
      }
      assert.deepEqual(seen, ["1", "2", "3", "4", "5", "6", "7", "8"])
    })
  })

  describe("look something up", () => {
    it("finds an event by its id", async () => {
      await using subject = await create()
      const { store } = subject
      const { eventIds } = await store.append(notebook("a"), notes(3))
      const found = await store.findEvent(eventIds[1] as string)
      assert.deepEqual(found, (await everything(store))[1])
      assert.equal(await store.hasEvent(eventIds[2] as string), true)
    })

    it("finds nothing for an id that isn't recorded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(3))
      assert.equal(await store.findEvent("00000000-0000-4000-8000-000000000000"), undefined)
      assert.equal(await store.hasEvent("00000000-0000-4000-8000-000000000000"), false)
    })

    it("lists streams with their versions, by category and id", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), notes(2))
      await store.append({ category: "diary", id: "z" }, notes(1))
      await store.append(notebook("a"), notes(3))
      await store.append(notebook("a"), notes(1))
      const list = (await collected(store.listStreams())).map(({ stream, version }) => ({
        ...stream,
        version,
      }))
      assert.deepEqual(list, [
        { tenant: "", category: "diary", id: "z", version: 1 },
        { tenant: "", category: "notebook", id: "a", version: 4 },
        { tenant: "", category: "notebook", id: "b", version: 2 },
      ])
      const notebooks = await collected(store.listStreams({ category: "notebook" }))
      assert.deepEqual(
        notebooks.map(({ stream }) => stream.id),
        ["a", "b"],
      )
    })

    it("lists more streams than fit a page, each once", async () => {
      await using subject = await create()
      const { store } = subject
      const ids = Array.from({ length: 1203 }, (_, index) => `${index}`)
      for (let from = 0; from < ids.length; from += 401) {
        const part = ids.slice(from, from + 401)
        await store.appendToStreams(part.map((id) => ({ stream: notebook(id), events: notes(1) })))
      }
      const listed = (await collected(store.listStreams())).map(({ stream }) => stream.id)
      assert.deepEqual(listed, ids.toSorted())
    })
  })
}

const filters: readonly {
  readonly name: string
  readonly filter: EventFilter
  readonly passes: (event: RecordedEvent) => boolean
}[] = [
  { name: "of one type", filter: { types: ["drawn"] }, passes: (event) => event.type === "drawn" },
  {
    name: "of any of several types",
    filter: { types: ["drawn", "erased", "nowhere"] },
    passes: (event) => event.type !== "noted",
  },
  {
    name: "of one category",
    filter: { categories: ["diary"] },
    passes: (event) => event.stream.category === "diary",
  },
  { name: "of any of several categories", filter: { categories: ["diary", "notebook"] }, passes: () => true },
  { name: "with a tag", filter: { tags: ["red"] }, passes: (event) => event.tags.includes("red") },
  {
    name: "with all of several tags",
    filter: { tags: ["red", "big"] },
    passes: (event) => event.tags.includes("red") && event.tags.includes("big"),
  },
  {
    name: "of a query with several items",
    filter: { query: [{ types: ["drawn"], tags: ["red"] }, { tags: ["big"] }] },
    passes: (event) => matchesQuery([{ types: ["drawn"], tags: ["red"] }, { tags: ["big"] }], event),
  },
  { name: "of an empty query", filter: { query: [] }, passes: () => true },
  {
    name: "of one correlation",
    filter: { correlationId: "order-7" },
    passes: (event) => event.metadata.correlationId === "order-7",
  },
  {
    name: "of some slots",
    filter: {
      slots: [
        slotOf({ tenant: "", category: "notebook", id: "a" }),
        slotOf({ tenant: "", category: "diary", id: "a" }),
      ],
    },
    passes: (event) => event.stream.id === "a",
  },
  {
    name: "for which every part of a filter holds",
    filter: {
      types: ["drawn", "noted"],
      categories: ["notebook"],
      tags: ["red"],
      correlationId: "order-7",
      query: [{ tags: ["big"] }],
    },
    passes: (event) =>
      event.type !== "erased" &&
      event.stream.category === "notebook" &&
      event.metadata.correlationId === "order-7" &&
      event.tags.includes("red") &&
      event.tags.includes("big"),
  },
]

/** Every combination of type, category, stream, tags and correlation. */
async function recordMixture<Tx>(store: EventStore<Tx>): Promise<void> {
  for (const category of ["notebook", "diary"]) {
    for (const id of ["a", "b"]) {
      for (const tags of [[], ["red"], ["big"], ["big", "red"]]) {
        const correlated = [undefined, "order-7", "order-77"].map((correlationId, index) => ({
          type: ["noted", "drawn", "erased"][(index + tags.length) % 3] as string,
          data: { text: `${category}/${id}` },
          tags,
          metadata: correlationId === undefined ? {} : { correlationId },
        }))
        await store.append({ category, id }, correlated)
        await store.append({ category, id }, [
          { type: "drawn", data: { text: "x" }, tags, metadata: { correlationId: "order-7" } },
        ])
      }
    }
  }
}

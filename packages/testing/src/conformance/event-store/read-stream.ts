import assert from "node:assert/strict"
import type { EventPage, RecordedEvent } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { rangesAround, sliceByRange } from "./read-ranges.ts"
import { collected, notebook, noted, notes, textOf, textsOf, together, undecoded } from "./sample-events.ts"

/** Traps 21 and 23: one stream, in the order of its versions, within exactly the bounds asked for. */
export function readStream<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("read a stream", () => {
    it("gives its events in the order of their versions, and no other stream's", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), [noted("b1")])
      await store.append(notebook("a"), [noted("a1"), noted("a2")])
      await store.append({ category: "diary", id: "a" }, [noted("d1")])
      await store.append(notebook("a"), [noted("a3")])
      assert.deepEqual(await textsOf(store, notebook("a")), ["a1", "a2", "a3"])
    })

    it("gives every field of an event", async () => {
      await using subject = await create()
      const { store } = subject
      const id = "018f0000-0000-7000-8000-000000000001"
      const result = await store.append(notebook("a"), [
        noted("x", {
          id,
          occurredAt: 5,
          tags: ["b", "a", "b"],
          metadata: { actor: "me", correlationId: "c", own: { deep: [1] } },
        }),
      ])
      assert.deepEqual(await store.readStream(notebook("a")).toArray(), [
        {
          id,
          type: "noted",
          schemaVersion: 1,
          data: { text: "x" },
          metadata: { actor: "me", correlationId: "c", own: { deep: [1] } },
          tags: ["a", "b"],
          occurredAt: 5,
          recordedAt: result.recordedAt,
          tenant: "",
          stream: { category: "notebook", id: "a" },
          version: 1,
          position: result.position,
        } satisfies RecordedEvent,
      ])
    })

    it("gives nothing for a stream that doesn't exist", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      assert.deepEqual(await store.readStream(notebook("b")).toArray(), [])
      assert.deepEqual(await store.readStream(notebook("b"), { direction: "backward" }).toArray(), [])
      assert.equal(await store.streamVersion(notebook("b")), 0)
    })

    it("keeps to every combination of direction, after, until, limit and page size", async () => {
      await using subject = await create()
      const { store } = subject
      for (let round = 0; round < 3; round++) {
        await store.append(notebook("a"), notes(2, round * 2 + 1))
        await store.append(notebook("b"), notes(3))
      }
      const all = await store.readStream(notebook("a")).toArray()
      for (const range of rangesAround([1, 2, 3, 4, 5, 6])) {
        const read = (await store.readStream(notebook("a"), range).toArray()).map((event) => event.version)
        const expected = sliceByRange(all, range, (event) => event.version).map((event) => event.version)
        assert.deepEqual(read, expected, `range ${JSON.stringify(range)}`)
      }
    })

    for (const direction of ["forward", "backward"] as const) {
      it(`reads ${direction} in pages no longer than asked for, and says when it has reached the end`, async () => {
        await using subject = await create()
        const { store } = subject
        await store.append(notebook("a"), notes(7))
        const pages = await collected(store.readStream(notebook("a"), { direction, pageSize: 3 }).pages())
        assert.ok(pages.every((page) => page.events.length <= 3))
        assert.deepEqual(
          pages.map((page) => page.more),
          pages.map((_, index) => index < pages.length - 1),
        )
        const texts = pages.flatMap((page) => page.events).map(textOf)
        const forward = ["1", "2", "3", "4", "5", "6", "7"]
        assert.deepEqual(texts, direction === "forward" ? forward : forward.toReversed())
      })
    }

    it("goes on exactly where a page ended", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(5))
      const page = await firstPage(store.readStream(notebook("a"), { pageSize: 2 }).pages())
      await store.append(notebook("a"), notes(2, 6))
      const rest = await store.readStream(notebook("a"), { after: page.scannedTo }).toArray()
      assert.deepEqual([...page.events, ...rest].map(textOf), ["1", "2", "3", "4", "5", "6", "7"])
    })

    it("reads nothing before it is iterated", async () => {
      await using subject = await create()
      const { store } = subject
      const reader = store.readStream(notebook("a"))
      await store.append(notebook("a"), notes(2))
      assert.deepEqual((await reader.toArray()).map(textOf), ["1", "2"])
    })

    it("sees each event once while others are appended behind it", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(4))
      const seen: string[] = []
      for await (const event of store.readStream(notebook("a"), { pageSize: 1 })) {
        seen.push(textOf(event))
        if (seen.length <= 4) await store.append(notebook("a"), notes(1, 4 + seen.length))
      }
      assert.deepEqual(seen, ["1", "2", "3", "4", "5", "6", "7", "8"])
    })

    it("can be left in the middle", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(5))
      for await (const event of store.readStream(notebook("a"), { pageSize: 2 }))
        if (event.version === 3) break
      await store.append(notebook("a"), notes(1, 6))
      assert.equal(await store.streamVersion(notebook("a")), 6)
    })

    it("gives nothing more once it was left", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(3))
      const events = store.readStream(notebook("a"))[Symbol.asyncIterator]()
      await events.next()
      await events.return?.()
      assert.equal((await events.next()).done, true)
    })

    it("gives each event once, in order, to calls that don't wait for one another", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(7))
      const events = store.readStream(notebook("a"), { pageSize: 2 })[Symbol.asyncIterator]()
      const given = await together(9, () => events.next())
      assert.deepEqual(
        given.map((result) => (result.done ? "end" : textOf(result.value))),
        ["1", "2", "3", "4", "5", "6", "7", "end", "end"],
      )
    })

    it("hands over what is stored, undecoded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("x", { metadata: { causationId: "cause", own: 1 } })])
      const [stored] = await undecoded(store.readStream(notebook("a")))
      assert.deepEqual(stored?.payload.body, '{"text":"x"}')
      assert.equal(stored?.payload.encoding, "json")
      assert.deepEqual(stored?.stream, { tenant: "", category: "notebook", id: "a" })
      assert.equal(stored?.causationId, "cause")
      assert.equal(stored?.metadata, '{"own":1}')
      assert.equal(stored?.version, 1)
    })

    it("stops when its signal is aborted", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(4))
      const abort = new AbortController()
      const seen: string[] = []
      const reading = (async () => {
        for await (const event of store.readStream(notebook("a"), { pageSize: 1, signal: abort.signal })) {
          seen.push(textOf(event))
          if (seen.length === 2) abort.abort()
        }
      })()
      await assert.rejects(reading)
      assert.deepEqual(seen, ["1", "2"])
    })

    for (const range of [
      { after: -1 },
      { after: 1.5 },
      { until: -1 },
      { limit: -1 },
      { limit: Number.NaN },
      { pageSize: 0 },
    ]) {
      it(`refuses ${JSON.stringify(range)}`, async () => {
        await using subject = await create()
        const read = async () => subject.store.readStream(notebook("a"), range).toArray()
        await assert.rejects(read(), { code: "INVALID_OPTION" })
      })
    }
  })
}

async function firstPage<Event>(pages: AsyncIterable<EventPage<Event>>): Promise<EventPage<Event>> {
  for await (const page of pages) return page
  return assert.fail("there is always a first page")
}

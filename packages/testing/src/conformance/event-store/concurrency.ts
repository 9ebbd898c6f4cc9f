import assert from "node:assert/strict"
import type { EventStore, RecordedEvent } from "@annals/core"
import { secondHandle } from "../capabilities.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import {
  beside,
  everything,
  notebook,
  noted,
  notes,
  race,
  textOf,
  textsOf,
  times,
  together,
  turn,
} from "./sample-events.ts"

/** Traps 2, 7 and 17: many writers and readers at once. */
export function concurrency<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("appends at the same time", () => {
    it("all succeed with any on one stream, and every event is there once", async () => {
      await using subject = await create()
      const { store } = subject
      const results = await together(20, (index) => store.append(notebook("a"), [noted(`${index}`)]))
      const events = await store.readStream(notebook("a")).toArray()
      assert.deepEqual(
        events.map(textOf).toSorted(),
        Array.from({ length: 20 }, (_, index) => `${index}`).toSorted(),
      )
      assert.deepEqual(
        events.map((event) => event.version),
        Array.from({ length: 20 }, (_, index) => index + 1),
      )
      for (const [index, result] of results.entries()) {
        const event = events.find((candidate) => candidate.version === result.version)
        assert.equal(event && textOf(event), `${index}`, "each result tells its own event's version")
        assert.equal(event?.position, result.position)
      }
    })

    it("keep the events of each append together and in order", async () => {
      await using subject = await create()
      const { store } = subject
      await together(15, (index) =>
        store.append(notebook("a"), [noted(`${index}.1`), noted(`${index}.2`), noted(`${index}.3`)]),
      )
      const texts = await textsOf(store, notebook("a"))
      for (let at = 0; at < texts.length; at += 3) {
        const [append] = (texts[at] as string).split(".")
        assert.deepEqual(texts.slice(at, at + 3), [`${append}.1`, `${append}.2`, `${append}.3`])
      }
    })

    for (const expected of ["no-stream", 0, 2] as const) {
      it(`have one winner at expected version ${expected}`, async () => {
        await using subject = await create()
        const { store } = subject
        if (expected === 2) await store.append(notebook("a"), notes(2))
        const attempts = times(20, (index) =>
          store.append(notebook("a"), [noted(`try ${index}`)], { expected }),
        )
        const { won, refused } = await race(attempts, "VERSION_CONFLICT")
        assert.deepEqual([won.length, refused], [1, 19])
        assert.equal(await store.streamVersion(notebook("a")), expected === 2 ? 3 : 1)
      })
    }

    it("all succeed with stream-exists on a stream that exists", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const attempts = times(20, () => store.append(notebook("a"), notes(1), { expected: "stream-exists" }))
      assert.equal((await race(attempts, "none is refused")).won.length, 20)
      assert.equal(await store.streamVersion(notebook("a")), 21)
    })

    it("count up one by one when each retries at the version that it was told", async () => {
      await using subject = await create()
      const { store } = subject
      await together(8, (index) => appendWithRetry(store, `${index}`))
      const versions = (await store.readStream(notebook("a")).toArray()).map((event) => event.version)
      assert.deepEqual(versions, [1, 2, 3, 4, 5, 6, 7, 8])
    })

    it("give each event a position of its own, rising within each stream", async () => {
      await using subject = await create()
      const { store } = subject
      await together(30, (index) => store.append(notebook(`${index % 4}`), notes(3)))
      const events = await everything(store)
      assert.equal(events.length, 90)
      assertInOrder(events)
    })

    it("are seen by their writer as soon as they are acknowledged", async () => {
      await using subject = await create()
      const { store } = subject
      await together(10, async (index) => {
        const { position, eventIds } = await store.append(notebook(`${index}`), notes(2))
        assert.equal(await store.streamVersion(notebook(`${index}`)), 2)
        assert.equal((await store.readStream(notebook(`${index}`)).toArray()).length, 2)
        assert.equal(await store.hasEvent(eventIds[0] as string), true)
        assert.ok(position > 0)
      })
    })
  })

  describe("reading while others append", () => {
    for (const [name, filter] of [
      ["everything", {}],
      ["what passes a filter", { tags: ["wanted"] }],
    ] as const) {
      it(`skips and repeats nothing of ${name}, page by page from a checkpoint`, async () => {
        await using subject = await create()
        const { store } = subject
        const writing = beside(together(4, (writer) => writeRounds(store, writer, 12)))
        const seen = await together(3, (reader) => follow(store, filter, reader + 1, writing.going))
        await writing.done
        const expected = (await store.readAll(filter).toArray()).map((event) => event.id)
        for (const events of seen) {
          assert.deepEqual(
            events.map((event) => event.id),
            expected,
          )
          assertInOrder(events)
        }
        assert.equal((await everything(store)).length, 4 * 12 * 2)
      })
    }

    it("never sees a part of an append", async () => {
      await using subject = await create()
      const { store } = subject
      const write = async () => {
        for (let round = 0; round < 20; round++) {
          await store.appendToStreams(["a", "b"].map((id) => ({ stream: notebook(id), events: notes(2) })))
        }
      }
      const writing = beside(write())
      while (writing.going()) {
        await turn()
        const events = await everything(store)
        assert.equal(events.length % 4, 0, "whole appends only")
        assert.equal((await store.readStream(notebook("a")).toArray()).length % 2, 0)
      }
      await writing.done
    })

    it("reads backward from where it began, whatever comes in behind", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(6))
      const seen: string[] = []
      for await (const event of store.readAll({ direction: "backward", pageSize: 2 })) {
        seen.push(textOf(event))
        await store.append(notebook("b"), [noted("later")])
      }
      assert.deepEqual(seen, ["6", "5", "4", "3", "2", "1"])
    })

    it("never finds below its head what it didn't find before", async () => {
      await using subject = await create()
      const { store } = subject
      const writing = beside(together(4, (writer) => writeRounds(store, writer, 10)))
      while (writing.going()) {
        await turn()
        const head = await store.head()
        const before = (await store.readAll({ until: head }).toArray()).map((event) => event.position)
        const after = (await store.readAll({ until: head }).toArray()).map((event) => event.position)
        assert.deepEqual(after, before)
      }
      await writing.done
    })
  })

  describe("two handles on one store", () => {
    it("see each other's events, and agree on versions", async (context = undefined) => {
      await using subject = await create()
      const open = secondHandle(subject, context)
      if (!open) return
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const other = await open()
      await other.append(notebook("a"), [noted("2")], { expected: 1 })
      await assert.rejects(store.append(notebook("a"), notes(1), { expected: 1 }), {
        code: "VERSION_CONFLICT",
        actual: 2,
      })
      assert.deepEqual(await everything(store), await everything(other))
    })

    it("append with any at the same time, and every event is there once", async (context = undefined) => {
      await using subject = await create()
      const open = secondHandle(subject, context)
      if (!open) return
      const stores = [subject.store, await open(), await open()]
      const attempts = times(30, (index) =>
        (stores[index % 3] as EventStore<Tx>).append(notebook("a"), [noted(`${index}`)]),
      )
      await Promise.all(attempts.map((go) => go()))
      const events = await subject.store.readStream(notebook("a")).toArray()
      assert.equal(new Set(events.map(textOf)).size, 30)
      assert.deepEqual(
        events.map((event) => event.version),
        Array.from({ length: 30 }, (_, index) => index + 1),
      )
    })

    it("have one winner at an exact version, and at a condition", async (context = undefined) => {
      await using subject = await create()
      const open = secondHandle(subject, context)
      if (!open) return
      const stores = [subject.store, await open()]
      const condition = { query: [{ tags: ["seat"] }] }
      const at = (index: number) => stores[index % 2] as EventStore<Tx>
      const versions = await race(
        times(10, (index) => at(index).append(notebook("a"), notes(1), { expected: 0 })),
        "VERSION_CONFLICT",
      )
      const seats = await race(
        times(10, (index) =>
          at(index).append(notebook(`s${index}`), [noted("s", { tags: ["seat"] })], { condition }),
        ),
        "CONDITION_FAILED",
      )
      assert.deepEqual([versions.won.length, seats.won.length], [1, 1])
    })

    it("read while the other appends, and skip nothing", async (context = undefined) => {
      await using subject = await create()
      const open = secondHandle(subject, context)
      if (!open) return
      const reader = await open()
      const writing = beside(together(3, (writer) => writeRounds(subject.store, writer, 8)))
      const seen = await follow(reader, {}, 2, writing.going)
      await writing.done
      assert.deepEqual(
        seen.map((event) => event.id),
        (await everything(subject.store)).map((event) => event.id),
      )
    })
  })
}

async function appendWithRetry<Tx>(store: EventStore<Tx>, text: string): Promise<void> {
  for (let expected = 0; ; await turn()) {
    try {
      await store.append(notebook("a"), [noted(text)], { expected })
      return
    } catch (error) {
      const { code, actual } = error as { code?: string; actual?: number }
      assert.equal(code, "VERSION_CONFLICT")
      expected = actual as number
    }
  }
}

/** Each round appends two events, one of them tagged, to one stream or to two. */
async function writeRounds<Tx>(store: EventStore<Tx>, writer: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const [wanted, other] = [noted(`${writer}.${round}`, { tags: ["wanted"] }), noted("other")]
    if (round % 3 === 0) {
      await store.appendToStreams([
        { stream: notebook("shared"), events: [wanted] },
        { stream: notebook(`own-${writer}`), events: [other] },
      ])
    } else await store.append(notebook(round % 3 === 1 ? "shared" : `own-${writer}`), [other, wanted])
  }
}

/** Reads from a checkpoint, page by page, until nothing is written any more and the end is reached. */
async function follow<Tx>(
  store: EventStore<Tx>,
  filter: { readonly tags?: readonly string[] },
  pageSize: number,
  going: () => boolean,
): Promise<RecordedEvent[]> {
  const seen: RecordedEvent[] = []
  let checkpoint = 0
  for (let last = false; !last; await turn()) {
    last = !going()
    for await (const page of store.readAll({ ...filter, after: checkpoint, pageSize }).pages()) {
      seen.push(...page.events)
      checkpoint = page.scannedTo
    }
  }
  return seen
}

/** Positions rise, and within each stream versions count up without a gap. */
function assertInOrder(events: readonly RecordedEvent[]): void {
  const versions = new Map<string, number>()
  let position = 0
  for (const event of events) {
    assert.ok(event.position > position, "positions rise")
    position = event.position
    const before = versions.get(event.stream.id)
    assert.ok(before === undefined || event.version > before, "versions rise with positions")
    versions.set(event.stream.id, event.version)
  }
}

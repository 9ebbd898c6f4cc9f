import assert from "node:assert/strict"
import type { AppendOptions, AppendResult, EventStore, NewEvent } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everything, notebook, noted, notes, race, textsOf, times, together } from "./sample-events.ts"

const [id1, id2, id3] = [sequentialId(1), sequentialId(2), sequentialId(3)] as const
const first = noted("first", { id: id1 })
const second = noted("second", { id: id2 })
const third = noted("third", { id: id3 })

/** Traps 4, 5 and 9: an append made again is recorded once, and an id is used once. */
export function appendIdempotency<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("append with the ids of an earlier append", () => {
    it("returns the first result and records nothing", async () => {
      await using subject = await create()
      const { store } = subject
      const original = await store.append(notebook("a"), [first, second])
      const repeat = await store.append(notebook("a"), [first, second])
      assertRepeat(repeat, original)
      assert.deepEqual(await textsOf(store, notebook("a")), ["first", "second"])
    })

    it("returns the first result also when the stream has moved on", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      const original = await store.append(notebook("a"), [first, second])
      await store.append(notebook("a"), notes(3))
      assertRepeat(await store.append(notebook("a"), [first, second]), original)
      assert.equal(await store.streamVersion(notebook("a")), 7)
    })

    for (const expected of ["no-stream", 0] as const) {
      it(`is recognised before its expected version, ${expected}, is looked at`, async () => {
        await using subject = await create()
        const { store } = subject
        const original = await store.append(notebook("a"), [first], { expected })
        await store.append(notebook("a"), [second])
        assertRepeat(await store.append(notebook("a"), [first], { expected }), original)
      })
    }

    it("is recognised before its condition is looked at", async () => {
      await using subject = await create()
      const { store } = subject
      const options: AppendOptions = { condition: { query: [{ types: ["noted"] }] } }
      const original = await store.append(notebook("a"), [first], options)
      assertRepeat(await store.append(notebook("a"), [first], options), original)
    })

    it("is a repeat also when payloads, metadata, tags and times differ", async () => {
      await using subject = await create()
      const { store } = subject
      const original = await store.append(notebook("a"), [first])
      const other = noted("other", { id: id1, tags: ["t"], metadata: { actor: "b" }, occurredAt: 1 })
      assertRepeat(await store.append(notebook("a"), [other]), original)
      assert.deepEqual(await textsOf(store, notebook("a")), ["first"])
    })

    it("takes a UUID in upper case for the same id", async () => {
      await using subject = await create()
      const { store } = subject
      const id = "ABCDEF00-0000-4000-8000-00000000ABCD"
      const original = await store.append(notebook("a"), [noted("upper", { id })])
      const repeat = await store.append(notebook("a"), [noted("lower", { id: id.toLowerCase() })])
      assertRepeat(repeat, original)
      assert.deepEqual(original.eventIds, [id.toLowerCase()])
      assert.equal(await store.hasEvent(id), true)
    })

    it("recognises a repeat over several streams", async () => {
      await using subject = await create()
      const { store } = subject
      const appends = [
        { stream: notebook("a"), events: [first, second], expected: "no-stream" },
        { stream: notebook("b"), events: [third], expected: "no-stream" },
      ] as const
      const original = await store.appendToStreams(appends)
      await store.append(notebook("a"), notes(1))
      assertRepeat(await store.appendToStreams(appends), original)
      assert.equal((await everything(store)).length, 4)
    })

    it("records once what arrives ten times at once", async () => {
      await using subject = await create()
      const { store } = subject
      const results = await together(10, () => store.append(notebook("a"), [first, second]))
      assert.deepEqual(await textsOf(store, notebook("a")), ["first", "second"])
      assert.equal(results.filter((result) => !result.repeated).length, 1)
      for (const result of results) assert.deepEqual(result.positions, results[0]?.positions)
    })

    it("records once what arrives ten times at once for a new stream", async () => {
      await using subject = await create()
      const { store } = subject
      const attempts = times(10, () => store.append(notebook("a"), [first], { expected: "no-stream" }))
      const { won, refused } = await race(attempts, "VERSION_CONFLICT")
      assert.equal(refused, 0)
      assert.equal(won.filter((result) => !result.repeated).length, 1)
      assert.deepEqual(await textsOf(store, notebook("a")), ["first"])
    })

    it("accepts UUIDs of every version", async () => {
      await using subject = await create()
      const { store } = subject
      const ids = [1, 3, 4, 5, 6, 7, 8].map(
        (version) => `018f0000-0000-${version}000-8000-00000000000${version}`,
      )
      await store.append(
        notebook("a"),
        ids.map((id) => noted(id, { id })),
      )
      assert.deepEqual(
        (await everything(store)).map((event) => event.id),
        ids,
      )
    })

    for (const id of [
      "",
      "not-a-uuid",
      "018f0000-0000-7000-8000-00000000000",
      "{018f0000-0000-7000-8000-000000000001}",
      7,
    ]) {
      it(`refuses ${JSON.stringify(id)} as an id`, async () => {
        await using subject = await create()
        const { store } = subject
        const append = store.append(notebook("a"), [noted("good"), noted("bad", { id: id as string })])
        await assert.rejects(append, (error: Error & { code?: string; path?: string }) => {
          assert.equal(error.code, "INVALID_VALUE")
          assert.match(error.path ?? "", /id$/)
          return true
        })
        assert.deepEqual(await everything(store), [])
      })
    }
  })

  describe("append that uses an id in another way", () => {
    const reuses: readonly {
      readonly name: string
      readonly before: (store: EventStore<Tx>) => Promise<unknown>
      readonly reuse: (store: EventStore<Tx>) => Promise<unknown>
    }[] = [
      {
        name: "twice in one append",
        before: async () => {},
        reuse: (store) => store.append(notebook("a"), [first, third, { ...second, id: id1 }]),
      },
      {
        name: "in two streams of one append",
        before: async () => {},
        reuse: (store) => appendBoth(store, [first], [first]),
      },
      {
        name: "in another stream",
        before: (store) => store.append(notebook("a"), [first]),
        reuse: (store) => store.append(notebook("b"), [first]),
      },
      {
        name: "in another category",
        before: (store) => store.append(notebook("a"), [first]),
        reuse: (store) => store.append({ category: "diary", id: "a" }, [first]),
      },
      {
        name: "with another type",
        before: (store) => store.append(notebook("a"), [first]),
        reuse: (store) => store.append(notebook("a"), [{ ...first, type: "scribbled" }]),
      },
      {
        name: "in another order",
        before: (store) => store.append(notebook("a"), [first, second]),
        reuse: (store) => store.append(notebook("a"), [second, first]),
      },
      {
        name: "with a new event behind it",
        before: (store) => store.append(notebook("a"), [first]),
        reuse: (store) => store.append(notebook("a"), [first, second]),
      },
      {
        name: "with a new event before it",
        before: (store) => store.append(notebook("a"), [second]),
        reuse: (store) => store.append(notebook("a"), [first, second]),
      },
      {
        name: "together with one that doesn't follow it",
        before: async (store) => {
          await store.append(notebook("a"), [first])
          await store.append(notebook("a"), [third])
          await store.append(notebook("a"), [second])
        },
        reuse: (store) => store.append(notebook("a"), [first, second]),
      },
      {
        name: "with a new event in a second stream",
        before: (store) => store.append(notebook("a"), [first]),
        reuse: (store) => appendBoth(store, [first], [second]),
      },
      {
        name: "with the streams exchanged",
        before: (store) => appendBoth(store, [first], [second]),
        reuse: (store) => appendBoth(store, [second], [first]),
      },
      {
        name: "all in one stream of what was recorded in two",
        before: (store) => appendBoth(store, [first], [second]),
        reuse: (store) => store.append(notebook("a"), [first, second]),
      },
    ]

    for (const { name, before, reuse } of reuses) {
      it(`is refused: ${name}`, async () => {
        await using subject = await create()
        const { store } = subject
        await before(store)
        const recorded = await everything(store)
        await assert.rejects(
          reuse(store),
          (error: Error & { code?: string; eventId?: string; retryable?: boolean }) => {
            assert.equal(error.code, "EVENT_ID_REUSED", `${error}`)
            assert.ok([id1, id2, id3].includes(error.eventId as typeof id1), "the error tells the id")
            assert.equal(error.retryable, false)
            return true
          },
        )
        assert.deepEqual(await everything(store), recorded)
        assert.equal(await store.streamVersion(notebook("b")), await countOf(store, "b"))
      })
    }

    it("is refused before its expected version is looked at", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [first])
      const append = store.append(notebook("b"), [first], { expected: 5 })
      await assert.rejects(append, { code: "EVENT_ID_REUSED" })
    })

    it("leaves the id free when the append that had it was refused", async () => {
      await using subject = await create()
      const { store } = subject
      await assert.rejects(store.append(notebook("a"), [first], { expected: 3 }), {
        code: "VERSION_CONFLICT",
      })
      const result = await store.append(notebook("b"), [first])
      assert.equal(result.repeated, false)
    })

    it("is refused also when the id generator repeats itself", async () => {
      await using subject = await create({ generateId: () => id1 })
      const { store } = subject
      await store.append(notebook("a"), [noted("once")])
      await assert.rejects(store.append(notebook("b"), [noted("twice")]), { code: "EVENT_ID_REUSED" })
      await assert.rejects(store.append(notebook("c"), [noted("x"), noted("y")]), { code: "EVENT_ID_REUSED" })
      assert.equal((await everything(store)).length, 1)
    })

    it("is refused when the id generator makes no UUID, and found when it makes one in upper case", async () => {
      for (const made of ["", "7", "note-1"]) {
        await using subject = await create({ generateId: () => made })
        await assert.rejects(subject.store.append(notebook("a"), [noted("x")]), { code: "INVALID_VALUE" })
        assert.deepEqual(await everything(subject.store), [])
      }
      const upper = "ABCDEF01-0000-7000-8000-000000000001"
      await using subject = await create({ generateId: () => upper })
      const { eventIds } = await subject.store.append(notebook("a"), [noted("x")])
      assert.deepEqual(eventIds, [upper.toLowerCase()])
      assert.equal(await subject.store.hasEvent(upper), true)
    })

    it("never records an id twice, however appends race for it", async () => {
      await using subject = await create()
      const { store } = subject
      const attempts = times(10, (index) => store.append(notebook(`${index}`), [first]))
      const { won, refused } = await race(attempts, "EVENT_ID_REUSED")
      assert.deepEqual([won.length, refused], [1, 9])
      assert.equal((await everything(store)).length, 1)
    })
  })
}

function appendBoth<Tx>(
  store: EventStore<Tx>,
  a: readonly NewEvent[],
  b: readonly NewEvent[],
): Promise<unknown> {
  return store.appendToStreams([
    { stream: notebook("a"), events: a },
    { stream: notebook("b"), events: b },
  ])
}

async function countOf<Tx>(store: EventStore<Tx>, id: string): Promise<number> {
  return (await store.readStream(notebook(id)).toArray()).length
}

function assertRepeat(repeat: AppendResult, original: AppendResult): void {
  assert.deepEqual({ ...repeat }, { ...original, repeated: true })
}

import assert from "node:assert/strict"
import type { NewEvent } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import {
  collected,
  everything,
  notebook,
  noted,
  notes,
  race,
  textOf,
  textsOf,
  times,
} from "./sample-events.ts"

/** Trap 10: an append to several streams is recorded as a whole or not at all. */
export function appendManyStreams<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("append to several streams", () => {
    it("records all of them, in the order given", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), [noted("b1")])
      const result = await store.appendToStreams([
        { stream: notebook("b"), events: [noted("b2"), noted("b3")] },
        { stream: { category: "diary", id: "b" }, events: [noted("d1")] },
        { stream: notebook("a"), events: [noted("a1")] },
      ])
      const recorded = (await everything(store)).slice(1)
      assert.deepEqual(recorded.map(textOf), ["b2", "b3", "d1", "a1"])
      assert.deepEqual(
        result.positions,
        recorded.map((event) => event.position),
      )
      assert.deepEqual(
        result.eventIds,
        recorded.map((event) => event.id),
      )
      assert.deepEqual(
        result.streams.map(({ stream, firstVersion, version }) => [
          stream.category,
          stream.id,
          firstVersion,
          version,
        ]),
        [
          ["notebook", "b", 2, 3],
          ["diary", "b", 1, 1],
          ["notebook", "a", 1, 1],
        ],
      )
      assert.equal(result.version, 3)
      assert.equal(result.position, recorded[3]?.position)
    })

    it("looks at each stream's own expected version", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("b"), notes(2))
      await store.appendToStreams([
        { stream: notebook("a"), events: notes(1), expected: "no-stream" },
        { stream: notebook("b"), events: notes(1), expected: 2 },
        { stream: notebook("c"), events: notes(1), expected: "any" },
      ])
      assert.equal((await everything(store)).length, 5)
    })

    for (const bad of [0, 1, 2]) {
      it(`records nothing when stream ${bad + 1} of three has another version`, async () => {
        await using subject = await create()
        const { store } = subject
        const appends = ["a", "b", "c"].map((id, index) => ({
          stream: notebook(id),
          events: notes(2),
          expected: index === bad ? 4 : ("any" as const),
        }))
        await assert.rejects(store.appendToStreams(appends), {
          code: "VERSION_CONFLICT",
          stream: `notebook/${"abc"[bad]}`,
          expected: 4,
          actual: 0,
        })
        assert.deepEqual(await everything(store), [])
        assert.deepEqual(await collected(store.listStreams()), [])
      })
    }

    it("records nothing when a value in the last stream can't be stored", async () => {
      await using subject = await create()
      const { store } = subject
      const bad: NewEvent = { type: "noted", data: { at: new Date(0) } }
      const append = store.appendToStreams([
        { stream: notebook("a"), events: notes(2) },
        { stream: notebook("b"), events: [noted("good"), bad] },
      ])
      await assert.rejects(append, { code: "INVALID_VALUE" })
      assert.deepEqual(await everything(store), [])
    })

    it("refuses the same stream twice", async () => {
      await using subject = await create()
      const { store } = subject
      const append = store.appendToStreams([
        { stream: notebook("a"), events: notes(1) },
        { stream: notebook("b"), events: notes(1) },
        { stream: notebook("a"), events: notes(1) },
      ])
      await assert.rejects(append, { code: "INVALID_OPTION" })
      assert.deepEqual(await everything(store), [])
    })

    it("refuses what is no append to a stream", async () => {
      await using subject = await create()
      const { store } = subject
      for (const bad of [null, "a", { stream: notebook("b") }]) {
        const append = store.appendToStreams([{ stream: notebook("a"), events: notes(1) }, bad as never])
        await assert.rejects(append, { code: "INVALID_OPTION" })
      }
      assert.deepEqual(await everything(store), [])
    })

    it("refuses a stream without events", async () => {
      await using subject = await create()
      const { store } = subject
      const append = store.appendToStreams([
        { stream: notebook("a"), events: notes(1) },
        { stream: notebook("b"), events: [] },
      ])
      await assert.rejects(append, { code: "NOTHING_TO_APPEND" })
      assert.deepEqual(await everything(store), [])
    })

    it("neither hangs nor splits when many name the same streams in different orders", async () => {
      await using subject = await create()
      const { store } = subject
      const ids = ["a", "b", "c"]
      const attempts = times(12, (round) => {
        const order = round % 2 === 0 ? ids : ids.toReversed()
        return store.appendToStreams(
          order.map((id) => ({ stream: notebook(id), events: [noted(`${round}`)] })),
        )
      })
      await Promise.all(attempts.map((go) => go()))
      const [a, b, c] = await Promise.all(ids.map((id) => textsOf(store, notebook(id))))
      assert.deepEqual(a, b)
      assert.deepEqual(b, c)
      assert.equal(a?.length, 12)
    })

    it("lets one of ten win that race for the same versions, and nothing of the others stays", async () => {
      await using subject = await create()
      const { store } = subject
      const attempts = times(10, (round) =>
        store.appendToStreams([
          { stream: notebook(`own-${round}`), events: [noted("mine")] },
          { stream: notebook("shared"), events: [noted(`${round}`)], expected: 0 },
        ]),
      )
      const { won, refused } = await race(attempts, "VERSION_CONFLICT")
      assert.deepEqual([won.length, refused], [1, 9])
      assert.equal((await everything(store)).length, 2)
    })
  })
}

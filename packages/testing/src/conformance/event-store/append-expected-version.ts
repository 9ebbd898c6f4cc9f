import assert from "node:assert/strict"
import type { ExpectedVersion } from "@annals/core"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { collected, everything, notebook, noted, notes, textsOf } from "./sample-events.ts"

/** Traps 1, 2, 3, 6 and 8: what an append expects of its stream means the same on every store. */
export function appendExpectedVersion<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("append at an expected version", () => {
    it("counts the versions of a stream from 1", async () => {
      await using subject = await create()
      const { store } = subject
      const first = await store.append(notebook("a"), notes(2))
      const second = await store.append(notebook("a"), notes(3, 3))
      assert.deepEqual([first.version, second.version], [2, 5])
      const versions = (await store.readStream(notebook("a")).toArray()).map((event) => event.version)
      assert.deepEqual(versions, [1, 2, 3, 4, 5])
      assert.equal(await store.streamVersion(notebook("a")), 5)
    })

    it("gives every event of the store a position above those before it", async () => {
      await using subject = await create()
      const { store } = subject
      const results = [
        await store.append(notebook("a"), notes(2)),
        await store.append(notebook("b"), notes(1)),
        await store.append(notebook("a"), notes(2)),
      ]
      const positions = results.flatMap((result) => result.positions)
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
      )
      assert.equal(new Set(positions).size, 5)
      assert.ok(positions.every((position) => Number.isSafeInteger(position) && position > 0))
    })

    it("tells what it recorded", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      const result = await store.append(notebook("a"), notes(2))
      const recorded = (await everything(store)).slice(1)
      assert.deepEqual(
        result.eventIds,
        recorded.map((event) => event.id),
      )
      assert.deepEqual(
        result.positions,
        recorded.map((event) => event.position),
      )
      assert.equal(result.position, recorded[1]?.position)
      assert.equal(result.recordedAt, recorded[0]?.recordedAt)
      assert.equal(result.repeated, false)
      assert.equal(result.version, 3)
      assert.equal(result.streams.length, 1)
      assert.equal(result.streams[0]?.firstVersion, 2)
      assert.equal(result.streams[0]?.version, 3)
      assert.equal(result.streams[0]?.stream.category, "notebook")
      assert.equal(result.streams[0]?.stream.id, "a")
    })

    it("accepts any version with any, which is the default", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("1")], { expected: "any" })
      await store.append(notebook("a"), [noted("2")], { expected: "any" })
      await store.append(notebook("a"), [noted("3")])
      assert.deepEqual(await textsOf(store, notebook("a")), ["1", "2", "3"])
    })

    it("accepts no-stream where there is no event yet", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("other"), notes(1))
      await store.append(notebook("a"), notes(1), { expected: "no-stream" })
      assert.equal(await store.streamVersion(notebook("a")), 1)
    })

    it("refuses no-stream when the stream already has events", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2))
      const append = store.append(notebook("a"), notes(1), { expected: "no-stream" })
      await assert.rejects(append, { code: "VERSION_CONFLICT" })
      assert.equal(await store.streamVersion(notebook("a")), 2)
    })

    it("accepts stream-exists where there is an event", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(1))
      await store.append(notebook("a"), notes(1), { expected: "stream-exists" })
      assert.equal(await store.streamVersion(notebook("a")), 2)
    })

    it("refuses stream-exists when the stream has no events", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("other"), notes(1))
      const append = store.append(notebook("a"), notes(1), { expected: "stream-exists" })
      await assert.rejects(append, { code: "VERSION_CONFLICT" })
      assert.equal(await store.streamVersion(notebook("a")), 0)
    })

    it("accepts exactly the version that the stream has", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), notes(2), { expected: 0 })
      await store.append(notebook("a"), notes(1), { expected: 2 })
      assert.equal(await store.streamVersion(notebook("a")), 3)
    })

    for (const expected of [0, 1, 3, 1000]) {
      it(`refuses version ${expected} when the stream is at 2`, async () => {
        await using subject = await create()
        const { store } = subject
        await store.append(notebook("a"), notes(2))
        const append = store.append(notebook("a"), notes(1), { expected })
        await assert.rejects(append, { code: "VERSION_CONFLICT" })
        assert.equal(await store.streamVersion(notebook("a")), 2)
      })
    }

    const conflicts: readonly [expected: ExpectedVersion, actual: number][] = [
      ["no-stream", 3],
      ["stream-exists", 0],
      [0, 3],
      [2, 3],
      [4, 3],
      [1, 0],
    ]
    for (const [expected, actual] of conflicts) {
      it(`tells stream, expected and actual version in a conflict of ${expected} with ${actual}`, async () => {
        await using subject = await create()
        const { store } = subject
        if (actual > 0) await store.append(notebook("a"), notes(actual))
        await assert.rejects(store.append(notebook("a"), notes(1), { expected }), {
          name: "AnnalsError",
          code: "VERSION_CONFLICT",
          stream: "notebook/a",
          expected,
          actual,
          retryable: false,
        })
      })
    }

    it("leaves nothing behind when it refuses", async () => {
      await using subject = await create()
      const { store } = subject
      await store.append(notebook("a"), [noted("kept")])
      const refused = noted("refused", { id: "00000000-0000-4000-8000-000000000001" })
      await assert.rejects(store.append(notebook("a"), [noted("x"), refused], { expected: 7 }), {
        code: "VERSION_CONFLICT",
      })
      await assert.rejects(store.append(notebook("b"), [refused], { expected: 7 }), {
        code: "VERSION_CONFLICT",
      })
      assert.deepEqual(await textsOf(store, notebook("a")), ["kept"])
      assert.equal((await everything(store)).length, 1)
      assert.equal(await store.hasEvent("00000000-0000-4000-8000-000000000001"), false)
      assert.equal((await collected(store.listStreams())).length, 1)
    })

    it("draws no position for what it refuses", async () => {
      await using subject = await create()
      const { store } = subject
      const first = await store.append(notebook("a"), notes(1))
      const second = await store.append(notebook("a"), notes(1))
      for (let attempt = 0; attempt < 5; attempt++) {
        await assert.rejects(store.append(notebook("a"), notes(3), { expected: 0 }), {
          code: "VERSION_CONFLICT",
        })
      }
      const third = await store.append(notebook("a"), notes(1))
      assert.equal(third.position - second.position, second.position - first.position)
    })

    it("records nothing when its signal is already aborted", async () => {
      await using subject = await create()
      const { store } = subject
      await assert.rejects(store.append(notebook("a"), notes(1), { signal: AbortSignal.abort() }))
      assert.equal(await store.streamVersion(notebook("a")), 0)
    })

    it("refuses to append nothing", async () => {
      await using subject = await create()
      const { store } = subject
      await assert.rejects(store.append(notebook("a"), []), { code: "NOTHING_TO_APPEND" })
      await assert.rejects(store.appendToStreams([]), { code: "NOTHING_TO_APPEND" })
      assert.equal(await store.streamVersion(notebook("a")), 0)
    })

    for (const expected of [-1, 1.5, Number.NaN, 2 ** 53, "sometimes"]) {
      it(`refuses ${expected} as an expected version`, async () => {
        await using subject = await create()
        const append = subject.store.append(notebook("a"), notes(1), {
          expected: expected as ExpectedVersion,
        })
        await assert.rejects(append, { code: "INVALID_OPTION" })
        assert.equal(await subject.store.streamVersion(notebook("a")), 0)
      })
    }
  })
}

import assert from "node:assert/strict"
import { createFakeClock } from "../../time/fake-clock.ts"
import type { CreateSubject } from "../conformance-subject.ts"
import type { Runner } from "../runner.ts"
import { everything, notebook, noted, notes, textOf } from "./sample-events.ts"

/** Trap 14: times are epoch milliseconds of core's clock, kept exactly, and order is never theirs. */
export function time<Tx>({ describe, it }: Runner, create: CreateSubject<Tx>): void {
  describe("time", () => {
    it("is stamped by the given clock", async () => {
      const clock = createFakeClock({ now: 1_700_000_000_123 })
      await using subject = await create({ clock })
      const { store } = subject
      const result = await store.append(notebook("a"), notes(2))
      await clock.advance(877)
      await store.append(notebook("a"), notes(1))
      const events = await everything(store)
      assert.equal(result.recordedAt, 1_700_000_000_123)
      assert.deepEqual(
        events.map((event) => event.recordedAt),
        [1_700_000_000_123, 1_700_000_000_123, 1_700_000_001_000],
      )
      assert.deepEqual(
        events.map((event) => event.occurredAt),
        [1_700_000_000_123, 1_700_000_000_123, 1_700_000_001_000],
      )
    })

    it("of recording is one for all events of an append", async () => {
      await using subject = await create()
      const { store } = subject
      await store.appendToStreams(["a", "b", "c"].map((id) => ({ stream: notebook(id), events: notes(50) })))
      assert.equal(new Set((await everything(store)).map((event) => event.recordedAt)).size, 1)
    })

    for (const occurredAt of [0, 1, -1, -62_135_596_800_000, 253_402_300_799_999, 8_640_000_000_000_000]) {
      it(`of occurring is kept as given: ${occurredAt}`, async () => {
        const clock = createFakeClock()
        await using subject = await create({ clock })
        const { store } = subject
        await store.append(notebook("a"), [noted("x", { occurredAt })])
        const [event] = await everything(store)
        assert.equal(event?.occurredAt, occurredAt)
        assert.equal(event?.recordedAt, clock.now())
      })
    }

    it("may go back: order stays that of recording", async () => {
      const clock = createFakeClock({ now: 2_000 })
      await using subject = await create({ clock })
      const { store } = subject
      await store.append(notebook("a"), [noted("first", { occurredAt: 9_000 })])
      clock.set(1_000)
      await store.append(notebook("a"), [noted("second", { occurredAt: 1 })])
      clock.set(999)
      await store.append(notebook("b"), [noted("third", { occurredAt: 5_000 })])
      const events = await everything(store)
      assert.deepEqual(events.map(textOf), ["first", "second", "third"])
      assert.deepEqual(
        events.map((event) => event.recordedAt),
        [2_000, 1_000, 999],
      )
      assert.deepEqual((await store.readStream(notebook("a")).toArray()).map(textOf), ["first", "second"])
      const backward = await store.readAll({ direction: "backward" }).toArray()
      assert.deepEqual(backward.map(textOf), ["third", "second", "first"])
    })

    it("may have any number of digits: order stays that of recording", async () => {
      const clock = createFakeClock({ now: 999 })
      await using subject = await create({ clock })
      for (const now of [999, 1_000, 10_000, 9_999, 100]) {
        clock.set(now)
        await subject.store.append(notebook("a"), [noted(`${now}`)])
      }
      const texts = (await everything(subject.store)).map(textOf)
      assert.deepEqual(texts, ["999", "1000", "10000", "9999", "100"])
    })

    it("of recording is the first one's for a repeat", async () => {
      const clock = createFakeClock({ now: 1_000 })
      await using subject = await create({ clock })
      const event = noted("x", { id: "00000000-0000-4000-8000-000000000001" })
      await subject.store.append(notebook("a"), [event])
      await clock.advance(5_000)
      assert.equal((await subject.store.append(notebook("a"), [event])).recordedAt, 1_000)
    })

    for (const now of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      it(`of recording is never ${now}: a clock that tells such is refused`, async () => {
        await using subject = await create({ clock: { now: () => now, sleep: async () => {} } })
        await assert.rejects(subject.store.append(notebook("a"), [noted("x")]), { code: "INVALID_OPTION" })
        assert.deepEqual(await everything(subject.store), [])
      })
    }

    for (const occurredAt of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1.5,
      2 ** 53,
      "2024-01-01",
      new Date(0),
      null,
    ]) {
      it(`of occurring is refused when it is ${String(occurredAt)} (${typeof occurredAt})`, async () => {
        await using subject = await create()
        const append = subject.store.append(notebook("a"), [
          noted("good"),
          noted("bad", { occurredAt: occurredAt as number }),
        ])
        await assert.rejects(append, (error: Error & { code?: string; path?: string }) => {
          assert.equal(error.code, "INVALID_VALUE", `${error}`)
          assert.match(error.path ?? "", /occurredAt$/)
          return true
        })
        assert.deepEqual(await everything(subject.store), [])
      })
    }
  })
}

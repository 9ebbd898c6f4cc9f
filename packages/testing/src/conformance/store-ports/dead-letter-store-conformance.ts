import assert from "node:assert/strict"
import type { NewDeadLetter, StoredEvent } from "@annals/core"
import { sequentialId } from "../../fixtures/sequential-ids.ts"
import type { Runner } from "../runner.ts"
import type { CreatePorts } from "./port-subject.ts"

const failure = { message: "no", code: "TypeError", attempts: 5, failedAt: 1_000 }

function entry(number: number, id = "a", rest: Partial<NewDeadLetter> = {}): NewDeadLetter {
  const stream = { tenant: "", category: "notebook", id }
  return {
    stream,
    version: number,
    position: number * 10,
    eventId: sequentialId(number),
    type: "noted",
    slot: number % 3,
    ...rest,
  }
}

/** What `DeadLetterStore` promises: streams parked in order, marked for replay, and removed once handled. */
export function deadLetterStoreConformance(
  { describe, it }: Runner,
  create: CreatePorts<"deadLetters">,
): void {
  describe("DeadLetterStore", () => {
    it("keeps what is parked, in the order of parking", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(3, "a", { failure }), entry(4)])
      await deadLetters.park("s", [entry(1, "b", { failure })])
      const list = await deadLetters.list()
      const sequences = list.map((letter) => letter.sequence)
      assert.deepEqual(
        sequences,
        sequences.toSorted((x, y) => x - y),
      )
      assert.equal(new Set(sequences).size, 3)
      const withoutSequence = list.map(({ sequence: _sequence, ...letter }) => letter)
      assert.deepEqual(withoutSequence, [
        { ...entry(3), failure, source: "s", status: "parked" },
        { ...entry(4), source: "s", status: "parked" },
        { ...entry(1, "b"), failure, source: "s", status: "parked" },
      ])
    })

    it("keeps the whole event of an entry that holds one, byte for byte", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      for (const body of ['{"text":"ä👩‍👩‍👧"}', Uint8Array.of(0, 255, 1)]) {
        const number = typeof body === "string" ? 1 : 2
        const event: StoredEvent = {
          id: sequentialId(number),
          type: "noted",
          schemaVersion: 2,
          tags: ["t"],
          correlationId: "c",
          causationId: undefined,
          metadata: '{"own":1}',
          occurredAt: 5,
          recordedAt: 6,
          stream: entry(number).stream,
          version: number,
          position: number * 10,
          payload: { encoding: "json", body },
        }
        await deadLetters.park("s", [entry(number, "a", { event })])
        const [letter] = await deadLetters.list({
          source: "s",
          after: number === 1 ? 0 : await firstSequence(),
        })
        assert.ok(letter?.event, "the event is there")
        const { payload, ...head } = letter.event
        assert.deepEqual(
          { ...event, payload: undefined, causationId: undefined },
          { ...head, payload: undefined, causationId: undefined },
        )
        assert.deepEqual([...payload.body], [...body])
      }
      async function firstSequence(): Promise<number> {
        return (await deadLetters.list({ limit: 1 }))[0]?.sequence as number
      }
    })

    it("keeps the same event of the same source once, as it was first", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1, "a", { failure })])
      await deadLetters.park("s", [entry(1, "a", { failure: { ...failure, message: "again" } }), entry(2)])
      await deadLetters.park("other", [entry(1)])
      const list = await deadLetters.list({ source: "s" })
      assert.deepEqual(
        list.map((letter) => [letter.eventId, letter.failure?.message]),
        [
          [sequentialId(1), "no"],
          [sequentialId(2), undefined],
        ],
      )
      assert.equal((await deadLetters.list()).length, 3)
    })

    it("lists by source, stream, slot and status, from a sequence on, up to a limit", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1), entry(2), entry(3, "b"), entry(4, "b")])
      await deadLetters.park("t", [entry(5, "a")])
      await deadLetters.requeue("s", { category: "notebook", id: "b" })
      const numbers = async (filter: Parameters<typeof deadLetters.list>[0]) =>
        (await deadLetters.list(filter)).map(({ version }) => version)
      assert.deepEqual(await numbers({ source: "s" }), [1, 2, 3, 4])
      assert.deepEqual(await numbers({ stream: { category: "notebook", id: "a" } }), [1, 2, 5])
      assert.deepEqual(await numbers({ source: "s", slots: [0, 1] }), [1, 3, 4])
      assert.deepEqual(await numbers({ status: "requeued" }), [3, 4])
      assert.deepEqual(await numbers({ status: "parked", source: "s" }), [1, 2])
      assert.deepEqual(await numbers({ limit: 2 }), [1, 2])
      const second = (await deadLetters.list())[1]?.sequence as number
      assert.deepEqual(await numbers({ after: second, limit: 2 }), [3, 4])
    })

    it("gives at most a hundred entries unless told otherwise", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park(
        "s",
        Array.from({ length: 130 }, (_, index) => entry(index + 1)),
      )
      assert.equal((await deadLetters.list()).length, 100)
      assert.equal((await deadLetters.list({ limit: 1000 })).length, 130)
    })

    it("tells which streams of a source are parked", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [
        entry(3, "b", { slot: 1 }),
        entry(1, "a", { slot: 2 }),
        entry(4, "b", { slot: 1 }),
      ])
      await deadLetters.park("t", [entry(5, "c")])
      await deadLetters.requeue("s", { category: "notebook", id: "b" })
      assert.deepEqual(await deadLetters.parkedStreams("s"), [
        { stream: { tenant: "", category: "notebook", id: "a" }, slot: 2, entries: 1, status: "parked" },
        { stream: { tenant: "", category: "notebook", id: "b" }, slot: 1, entries: 2, status: "requeued" },
      ])
      assert.deepEqual(await deadLetters.parkedStreams("nowhere"), [])
    })

    it("marks a stream, or all streams of a source, for replay", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1), entry(2), entry(3, "b")])
      await deadLetters.park("t", [entry(4)])
      assert.equal(await deadLetters.requeue("s", { category: "notebook", id: "a" }), 2)
      assert.equal(await deadLetters.requeue("s", { category: "notebook", id: "nowhere" }), 0)
      assert.deepEqual(
        (await deadLetters.list({ status: "requeued" })).map(({ version }) => version),
        [1, 2],
      )
      await deadLetters.requeue("s")
      assert.deepEqual(
        (await deadLetters.list({ status: "requeued" })).map(({ version }) => version),
        [1, 2, 3],
      )
      assert.deepEqual(
        (await deadLetters.list({ status: "parked" })).map(({ source }) => source),
        ["t"],
      )
    })

    it("puts what is parked behind a requeued stream in its line, requeued as well", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1)])
      await deadLetters.requeue("s")
      await deadLetters.park("s", [entry(2), entry(3, "b")])
      assert.deepEqual(
        (await deadLetters.list()).map(({ version, status }) => [version, status]),
        [
          [1, "requeued"],
          [2, "requeued"],
          [3, "parked"],
        ],
      )
    })

    it("takes the mark off a whole stream whose replay failed again, and notes the new error", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1, "a", { failure }), entry(2), entry(3, "b", { failure })])
      await deadLetters.requeue("s")
      const again = { message: "still no", code: "RangeError", attempts: 6, failedAt: 2_000 }
      await deadLetters.replayFailed("s", sequentialId(2), again)
      const list = await deadLetters.list()
      assert.deepEqual(
        list.map(({ status }) => status),
        ["parked", "parked", "requeued"],
      )
      assert.deepEqual(
        list.map((letter) => letter.failure),
        [failure, again, failure],
      )
    })

    it("removes what was handled, and says how many there were", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1), entry(2), entry(3)])
      await deadLetters.park("t", [entry(1)])
      assert.equal(await deadLetters.remove("s", [sequentialId(1), sequentialId(2), sequentialId(99)]), 2)
      assert.equal(await deadLetters.remove("s", [sequentialId(1)]), 0)
      assert.equal(await deadLetters.remove("s", []), 0)
      assert.deepEqual(
        (await deadLetters.list()).map(({ source, version }) => [source, version]),
        [
          ["s", 3],
          ["t", 1],
        ],
      )
    })

    it("goes on counting its sequence after a removal", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      await deadLetters.park("s", [entry(1), entry(2)])
      const before = (await deadLetters.list()).at(-1)?.sequence as number
      await deadLetters.remove("s", [sequentialId(1), sequentialId(2)])
      await deadLetters.park("s", [entry(3)])
      assert.ok(((await deadLetters.list())[0]?.sequence as number) > before)
    })

    it("takes any text as the message of an error: nothing may keep an event from being parked", async () => {
      await using subject = await create()
      const { deadLetters } = subject.ports
      const messages = ["", "a\u0000b", "\ud800", "'; drop table", "x".repeat(100_000), "👩‍👩‍👧\n\tat line 1"]
      await deadLetters.park(
        "s",
        messages.map((message, index) => entry(index + 1, "a", { failure: { ...failure, message } })),
      )
      const list = await deadLetters.list()
      assert.equal(list.length, messages.length)
      assert.equal(list[3]?.failure?.message, messages[3])
      assert.equal(list[5]?.failure?.message, messages[5])
    })
  })
}

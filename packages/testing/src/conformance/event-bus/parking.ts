import assert from "node:assert/strict"
import { type ConsumerOptions, createMemoryStore, type DeadLetterStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, nameOf, namesOf, quickly, recorder, until } from "./received.ts"

/** With order "stream", a stream parks after the last attempt, with all that comes behind, and is replayed in order. */
export function parking({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a parked stream", () => {
    it("waits with what comes behind, says why, and is replayed in order while others go on", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled, failing, triesOf } = recorder(new Set(["a1"]))
      const startedAt = Date.now()
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      })
      const { deadLetters } = consumer
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(async () => (await deadLetters.list()).length === 2 && handled.includes("b1"))
      await subject.bus.publish([eventNamed("a3"), eventNamed("b2")])
      await until(async () => (await deadLetters.list()).length === 3 && handled.includes("b2"))
      assert.deepEqual([triesOf("a1"), triesOf("a2"), triesOf("a3")], [quickly.attempts, 0, 0])
      const letters = await deadLetters.list()
      assert.deepEqual(namesOf(letters), ["a1", "a2", "a3"])
      assert.deepEqual(letters[0]?.event, eventsNamed("a1")[0])
      const { message, code, attempts, failedAt } = letters[0] as (typeof letters)[number]
      assert.deepEqual([message, code, attempts], ["can't handle a1", "Error", quickly.attempts])
      assert.ok(failedAt >= startedAt && failedAt <= Date.now())
      assert.deepEqual(namesOf(await deadLetters.list({ limit: 1 })), ["a1"])
      failing.clear()
      assert.equal(await deadLetters.replay(), 3)
      await subject.bus.publish([eventNamed("a4")])
      await until(() => handled.length === 6)
      assert.deepEqual(handled, ["b1", "b2", "a1", "a2", "a3", "a4"])
      await until(async () => (await deadLetters.list()).length === 0)
      await until(async () => (await consumer.lag()) === 0)
    })

    it("flows on when its first event is given up: what waited behind it is replayed", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled } = recorder(new Set(["a1", "b1"]))
      const options: ConsumerOptions = {
        group: anyGroup(),
        handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      }
      const { deadLetters } = await subject.bus.subscribe(options)
      const events = eventsNamed("a1", "a2", "b1", "c1")
      await subject.bus.publish(events)
      await until(async () => (await deadLetters.list()).length === 3 && handled.length === 1)
      const [a1, a2, b1, c1] = events.map(({ id }) => id) as [string, string, string, string]
      assert.equal(await deadLetters.discard([b1, c1]), 1, "c1 is no dead letter")
      assert.equal(await deadLetters.discard([a1]), 1)
      await until(() => handled.includes("a2"))
      await until(async () => (await deadLetters.list()).length === 0)
      assert.equal(await deadLetters.discard([a1, a2, b1]), 0)
      assert.equal(await deadLetters.replay(), 0)
      await subject.bus.publish([eventNamed("a3"), eventNamed("b2")])
      await until(() => handled.includes("a3") && handled.includes("b2"))
      assert.deepEqual(handled.toSorted(), ["a2", "a3", "b2", "c1"])
    })

    it("says what the error said, whatever was thrown", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const thrown: Record<string, unknown> = {
        a: Object.assign(new RangeError("too far"), { code: "TOO_FAR" }),
        b: new TypeError("no such thing"),
        c: "a text",
        d: undefined,
        e: Object.create(null),
      }
      const { deadLetters } = await subject.bus.subscribe({
        group: anyGroup(),
        retry: { attempts: 1 },
        deadLetters: store.deadLetters,
        handler: (event) => {
          throw thrown[event.stream.id]
        },
      })
      await subject.bus.publish(eventsNamed("a1", "b1", "c1", "d1", "e1"))
      await until(async () => (await deadLetters.list()).length === 5)
      const letters = (await deadLetters.list()).toSorted((a, b) =>
        nameOf(a.event) < nameOf(b.event) ? -1 : 1,
      )
      assert.deepEqual(
        letters.slice(0, 4).map(({ message, code, attempts }) => [message, code, attempts]),
        [
          ["too far", "TOO_FAR", 1],
          ["no such thing", "TypeError", 1],
          ["a text", "Error", 1],
          ["undefined", "Error", 1],
        ],
      )
      assert.equal(typeof letters[4]?.message, "string")
    })

    it("isn't acknowledged before the dead letter store has it, however long that takes", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      let refusals = 0
      const refusing: DeadLetterStore = {
        ...store.deadLetters,
        park: async () => {
          refusals++
          throw new Error("the database is away")
        },
      }
      const [group, never] = [anyGroup(), recorder(new Set(["a1"]))]
      const first = await subject.bus.subscribe({
        group,
        handler: never.handler,
        retry: quickly,
        deadLetters: refusing,
      })
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(() => refusals > 1 && never.handled.includes("b1"))
      assert.equal(first.status().state, "running")
      assert.equal(first.status().parked, 0)
      await first.stop()
      const next = await subject.bus.subscribe({
        group,
        handler: never.handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      })
      await until(async () => (await next.deadLetters.list()).length === 2)
      assert.deepEqual(namesOf(await next.deadLetters.list()), ["a1", "a2"])
      assert.deepEqual(
        never.handled.filter((name) => name.startsWith("a")),
        [],
      )
    })
  })
}

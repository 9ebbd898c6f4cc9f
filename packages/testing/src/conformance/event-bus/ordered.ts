import assert from "node:assert/strict"
import { createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { eventsNamed, nameOf, quickly, recorder, until } from "./received.ts"

/** Events of one stream are handled in order; a failure holds back its stream, and no other. */
export function ordered({ describe, it }: Runner, create: CreateBusSubject): void {
  describe('order "stream"', () => {
    it("handles the events of a stream one after another, in their order", async () => {
      await using subject = await create()
      const running = new Set<string>()
      const received: string[] = []
      await subject.bus.subscribe({
        group: "g",
        handler: async (event) => {
          assert.ok(!running.has(event.stream.id), "one at a time")
          running.add(event.stream.id)
          await new Promise(setImmediate)
          running.delete(event.stream.id)
          received.push(nameOf(event))
        },
      })
      await subject.bus.publish(eventsNamed("a1", "b1", "a2", "a3", "b2", "a4"))
      await until(() => received.length === 6)
      assert.deepEqual(
        received.filter((name) => name.startsWith("a")),
        ["a1", "a2", "a3", "a4"],
      )
      assert.deepEqual(
        received.filter((name) => name.startsWith("b")),
        ["b1", "b2"],
      )
    })

    it("holds back the stream of a failing event, and no other, until it succeeds", async () => {
      await using subject = await create()
      const received = recorder(new Set(["a1"]))
      const { handler, handled, failing, attempts } = received
      await subject.bus.subscribe({
        group: "g",
        handler,
        retry: { attempts: 10_000, delayMs: 1, maxDelayMs: 2 },
      })
      await subject.bus.publish(eventsNamed("a1", "a2", "b1", "b2"))
      await until(() => handled.includes("b2") && attempts.filter((name) => name === "a1").length > 2)
      assert.deepEqual(handled, ["b1", "b2"])
      failing.clear()
      await until(() => handled.length === 4)
      assert.deepEqual(handled, ["b1", "b2", "a1", "a2"])
    })

    it("parks the stream after the last attempt, with what comes behind, and replays it in order", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled, failing, attempts } = recorder(new Set(["a1"]))
      const options = { group: "g", handler, retry: quickly, deadLetters: store.deadLetters }
      const consumer = await subject.bus.subscribe(options)
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(async () => (await consumer.deadLetters.list()).length === 2 && handled.includes("b1"))
      assert.equal(attempts.filter((name) => name === "a1").length, quickly.attempts)
      assert.ok(!attempts.includes("a2"), "what comes behind waits without an attempt")
      const letters = await consumer.deadLetters.list()
      assert.deepEqual(
        letters.map(({ event }) => nameOf(event)),
        ["a1", "a2"],
      )
      assert.match(letters[0]?.message ?? "", /can't handle a1/)
      failing.clear()
      assert.equal(await consumer.deadLetters.replay(), 2)
      await until(() => handled.length === 3)
      assert.deepEqual(handled, ["b1", "a1", "a2"])
      await until(async () => (await consumer.deadLetters.list()).length === 0)
    })

    it("stops for want of a place to park, and leaves the event to the next consumer", async () => {
      await using subject = await create()
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const consumer = await subject.bus.subscribe({ group: "g", handler: failing.handler, retry: quickly })
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await assert.rejects(consumer.done)
      assert.equal(consumer.status().state, "failed")
      await subject.bus.subscribe({ group: "g", handler: next.handler })
      await until(() => next.handled.length === 2)
      assert.deepEqual(next.handled, ["a1", "a2"])
    })
  })
}

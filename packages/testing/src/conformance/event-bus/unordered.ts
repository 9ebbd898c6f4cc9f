import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { eventsNamed, nameOf, quickly, recorder, until } from "./received.ts"

/** A failing event is retried later, in the group where it failed, and blocks nothing. */
export function unordered({ describe, it }: Runner, create: CreateBusSubject): void {
  describe('order "none"', () => {
    it("retries a failing event in its group only, and blocks nothing meanwhile", async () => {
      await using subject = await create()
      const [failing, other] = [recorder(new Set(["a1"])), recorder()]
      const retry = { attempts: 10_000, delayMs: 1, maxDelayMs: 2 }
      await subject.bus.subscribe({ group: "failing", order: "none", handler: failing.handler, retry })
      await subject.bus.subscribe({ group: "other", order: "none", handler: other.handler })
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(() => failing.handled.length === 2 && other.handled.length === 3)
      await until(() => failing.attempts.filter((name) => name === "a1").length > 2)
      failing.failing.clear()
      await until(() => failing.handled.includes("a1"))
      assert.deepEqual(other.attempts.toSorted(), ["a1", "a2", "b1"])
    })

    it("puts an event among the group's dead letters after the last attempt, to be replayed or discarded", async () => {
      await using subject = await create()
      const { handler, handled, failing, attempts } = recorder(new Set(["a1", "b1"]))
      const consumer = await subject.bus.subscribe({ group: "g", order: "none", handler, retry: quickly })
      const events = eventsNamed("a1", "b1", "c1")
      await subject.bus.publish(events)
      await until(async () => (await consumer.deadLetters.list()).length === 2)
      assert.equal(attempts.filter((name) => name === "a1").length, quickly.attempts)
      const letters = await consumer.deadLetters.list()
      assert.deepEqual(letters.map(({ event }) => nameOf(event)).toSorted(), ["a1", "b1"])
      assert.equal(letters[0]?.attempts, quickly.attempts)
      failing.clear()
      assert.equal(await consumer.deadLetters.discard([events[1]?.id as string]), 1)
      assert.equal(await consumer.deadLetters.replay([events[0]?.id as string]), 1)
      await until(() => handled.length === 2)
      assert.deepEqual(handled.toSorted(), ["a1", "c1"])
      await until(async () => (await consumer.deadLetters.list()).length === 0)
    })
  })
}

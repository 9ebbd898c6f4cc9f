import assert from "node:assert/strict"
import type { ConsumerOptions } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import {
  anyGroup,
  endlessly,
  eventNamed,
  eventsNamed,
  muchLater,
  namesOf,
  quickly,
  recorder,
  until,
} from "./received.ts"

/** Traps 38 to 41: a failing event is retried later, through the broker, in the group where it failed, and blocks nothing. */
export function unordered({ describe, it }: Runner, create: CreateBusSubject): void {
  describe('order "none"', () => {
    it("retries a failing event in its group only, and blocks nothing meanwhile", async () => {
      await using subject = await create()
      const { bus } = subject
      const [failing, other] = [recorder(new Set(["a1"])), recorder()]
      await Promise.all([
        bus.subscribe({
          group: anyGroup(),
          order: "none",
          maxInFlight: 1,
          handler: failing.handler,
          retry: endlessly,
        }),
        bus.subscribe({ group: anyGroup(), order: "none", handler: other.handler }),
      ])
      await bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(() => failing.handled.length === 2 && other.handled.length === 3)
      await until(() => failing.triesOf("a1") > 2)
      failing.failing.clear()
      await until(() => failing.handled.includes("a1"))
      assert.deepEqual(other.attempts.toSorted(), ["a1", "a2", "b1"])
    })

    it("leaves a retry that is far away to the broker: it is nobody's in flight, and still counts as waiting", async () => {
      await using subject = await create()
      const { handler, handled, triesOf } = recorder(new Set(["a1"]))
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        order: "none",
        maxInFlight: 1,
        prefetch: 0,
        handler,
        retry: muchLater,
      })
      await subject.bus.publish(eventsNamed("a1", "b1", "c1"))
      await until(() => handled.length === 2 && consumer.status().retried === 1)
      await until(() => consumer.status().inFlight === 0)
      await until(async () => (await consumer.lag()) === 1)
      for (const name of ["d1", "e1", "f1"]) {
        await subject.bus.publish([eventNamed(name)])
        await until(() => handled.includes(name))
      }
      assert.equal(triesOf("a1"), 1, "an hour isn't over")
      await consumer.stop()
    })

    it("counts attempts through the broker, whichever consumer makes them", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const seen: string[] = []
      const options = (name: string, tried: () => void): ConsumerOptions => ({
        group,
        order: "none",
        retry: { ...quickly, attempts: 4 },
        handler: (_event, context) => {
          assert.deepEqual([context.order, context.group], ["none", group])
          seen.push(`${name} ${context.attempt}`)
          tried()
          if (context.attempt < 4) throw new Error("not yet")
        },
      })
      // Paused in the middle of its attempt, it takes nothing more, the retry least of all.
      const first = await bus.subscribe(options("first", () => first.pause()))
      await bus.publish([eventNamed("a1")])
      await until(() => first.status().retried === 1)
      await first.stop()
      const next = await bus.subscribe(options("next", () => {}))
      await until(() => next.status().handled === 1)
      assert.deepEqual(seen, ["first 1", "next 2", "next 3", "next 4"])
    })

    it("puts an event among the group's dead letters after the last attempt, to be replayed or discarded", async () => {
      await using subject = await create()
      const { handler, handled, failing, triesOf } = recorder(new Set(["a1", "b1", "d1"]))
      const startedAt = Date.now()
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        order: "none",
        handler,
        retry: quickly,
      })
      const { deadLetters } = consumer
      const events = eventsNamed("a1", "b1", "c1", "d1")
      await subject.bus.publish(events)
      await until(async () => (await deadLetters.list()).length === 3)
      assert.deepEqual([triesOf("a1"), triesOf("b1")], [quickly.attempts, quickly.attempts])
      const letters = await deadLetters.list()
      assert.deepEqual(namesOf(letters).toSorted(), ["a1", "b1", "d1"])
      for (const { event, message, code, attempts, failedAt } of letters) {
        assert.deepEqual(
          event,
          events.find(({ id }) => id === event.id),
        )
        assert.match(message, /can't handle [abd]1/)
        assert.deepEqual([code, attempts], ["Error", quickly.attempts])
        assert.ok(failedAt >= startedAt && failedAt <= Date.now())
      }
      assert.equal((await deadLetters.list({ limit: 1 })).length, 1)
      await until(async () => (await consumer.lag()) === 0)
      const [a1, b1, c1] = events.map(({ id }) => id) as [string, string, string]
      assert.equal(await deadLetters.discard([b1, c1]), 1)
      assert.deepEqual(namesOf(await deadLetters.list()).toSorted(), ["a1", "d1"])
      failing.clear()
      assert.equal(await deadLetters.replay([a1, b1]), 1)
      await until(() => handled.length === 2)
      assert.deepEqual(handled.toSorted(), ["a1", "c1"])
      await until(async () => (await deadLetters.list()).length === 1)
      assert.deepEqual(namesOf(await deadLetters.list()), ["d1"])
      assert.equal(await deadLetters.replay(), 1)
      await until(() => handled.includes("d1"))
      await until(async () => (await deadLetters.list()).length === 0)
      assert.equal(await deadLetters.discard([a1]), 0)
      assert.equal(await deadLetters.replay(), 0)
    })

    it("lists and replays dead letters from anywhere, to their group alone, with attempts counted anew", async () => {
      await using subject = await create()
      const { bus } = subject
      const [group, otherGroup] = [anyGroup(), anyGroup()]
      const [failing, other] = [recorder(new Set(["a1", "b1", "c1"])), recorder()]
      const consumer = await bus.subscribe({
        group,
        order: "none",
        handler: failing.handler,
        retry: { attempts: 1 },
      })
      await bus.subscribe({ group: otherGroup, order: "none", handler: other.handler })
      await bus.publish(eventsNamed("a1", "b1", "c1", "d1"))
      const elsewhere = (await subject.secondHandle?.()) ?? bus
      const letters = elsewhere.deadLetters(group)
      await until(async () => (await letters.list()).length === 3 && other.handled.length === 4)
      assert.deepEqual(await elsewhere.deadLetters(otherGroup).list(), [])
      await consumer.stop()
      assert.equal(await letters.replay(), 3)
      await until(async () => (await letters.list()).length === 0)
      const attempts: string[] = []
      const handler: ConsumerOptions["handler"] = ({ stream }, { attempt }) => {
        attempts.push(`${stream.id} ${attempt}`)
        if (attempt < 2) throw new Error("once more")
      }
      const next = await bus.subscribe({ group, order: "none", handler, retry: quickly })
      await until(() => next.status().handled === 3)
      assert.deepEqual(attempts.toSorted(), ["a 1", "a 2", "b 1", "b 2", "c 1", "c 2"])
      assert.equal(other.attempts.length, 4)
    })

    it("works on several events of one stream at a time, up to maxInFlight", async () => {
      await using subject = await create()
      let [running, most, done] = [0, 0, 0]
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        order: "none",
        maxInFlight: 3,
        handler: async () => {
          running++
          most = Math.max(most, running)
          if (done === 0) await until(() => most === 3)
          await new Promise(setImmediate)
          running--
          done++
        },
      })
      await subject.bus.publish(["a1", "a2", "a3", "a4", "a5", "a6"].map((name) => eventNamed(name)))
      await until(() => done === 6)
      assert.equal(most, 3)
      assert.equal(consumer.status().failed, 0)
    })
  })
}

import assert from "node:assert/strict"
import { type Clock, systemClock } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import {
  anyGroup,
  endlessly,
  eventNamed,
  eventsNamed,
  muchLater,
  nameOf,
  quickly,
  recorder,
  until,
} from "./received.ts"
import { assertOnceInOrder, eventsOfStreams } from "./stream-order.ts"

/** Events of one stream are handled in order; a failure holds back its stream, and no other. */
export function ordered({ describe, it }: Runner, create: CreateBusSubject): void {
  describe('order "stream"', () => {
    it("handles the events of a stream one after another, and several streams side by side, up to maxInFlight", async () => {
      await using subject = await create()
      const running = new Set<string>()
      const received: string[] = []
      let most = 0
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        maxInFlight: 5,
        handler: async (event) => {
          assert.ok(!running.has(event.stream.id), "one at a time")
          running.add(event.stream.id)
          most = Math.max(most, running.size)
          if (running.size < 5 && received.length === 0) await until(() => most === 5)
          await new Promise(setImmediate)
          running.delete(event.stream.id)
          received.push(nameOf(event))
        },
      })
      const events = eventsOfStreams(20, 10)
      await subject.bus.publish(events)
      await until(() => received.length >= events.length)
      assertOnceInOrder(received, events)
      assert.equal(most, 5)
      assert.equal(consumer.status().failed, 0)
    })

    it("holds back the stream of a failing event, and no other, until it succeeds", async () => {
      await using subject = await create()
      const { handler, handled, failing, triesOf } = recorder(new Set(["a1"]))
      await subject.bus.subscribe({ group: anyGroup(), handler, retry: endlessly })
      await subject.bus.publish(eventsNamed("a1", "a2", "b1", "b2"))
      await until(() => handled.includes("b2") && triesOf("a1") > 2)
      assert.deepEqual(handled, ["b1", "b2"])
      failing.clear()
      await until(() => handled.length === 4)
      assert.deepEqual(handled, ["b1", "b2", "a1", "a2"])
    })

    it("holds back a stream of one tenant, and not that of the same name of another", async () => {
      await using subject = await create()
      const handled: string[] = []
      await subject.bus.subscribe({
        group: anyGroup(),
        retry: muchLater,
        handler: ({ tenant, version }) => {
          if (tenant === "red") throw new Error("not red")
          handled.push(`${tenant}${version}`)
        },
      })
      const tenants = ["red", "", "blue"]
      const events = ["a1", "a2"].flatMap((name) => tenants.map((tenant) => eventNamed(name, { tenant })))
      await subject.bus.publish(events)
      await until(() => handled.length === 4)
      assert.deepEqual(handled.toSorted(), ["1", "2", "blue1", "blue2"])
    })

    it("waits twice as long before each further attempt, up to the longest delay, by the clock and the random numbers that it is given", async () => {
      const slept: number[] = []
      const random = [0, 0.5, 0, 0]
      const clock: Clock = {
        now: () => systemClock.now(),
        async sleep(milliseconds, signal) {
          if (milliseconds < 7_000_000) return systemClock.sleep(milliseconds, signal)
          slept.push(milliseconds)
        },
      }
      await using subject = await create({ clock, random: () => random[slept.length] ?? 0 })
      const { handler, triesOf } = recorder(new Set(["a1"]))
      const retry = { attempts: 5, delayMs: 8_000_000, maxDelayMs: 20_000_000 }
      const consumer = await subject.bus.subscribe({ group: anyGroup(), handler, retry })
      await subject.bus.publish([eventNamed("a1")])
      await assert.rejects(consumer.done)
      assert.equal(triesOf("a1"), 5)
      // The random part takes off up to a half.
      assert.deepEqual(slept, [8_000_000, 12_000_000, 20_000_000, 20_000_000])
    })

    it("counts what waits out a backoff as in flight, and begins nothing beyond maxInFlight", async () => {
      await using subject = await create()
      const { handler, attempts, failing } = recorder(new Set(["a1", "b1", "c1"]))
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        handler,
        maxInFlight: 2,
        retry: muchLater,
      })
      await subject.bus.publish(eventsNamed("a1", "b1", "c1", "a2"))
      await until(() => consumer.status().retried === 2)
      assert.equal(consumer.status().inFlight, 2)
      await subject.bus.publish([eventNamed("d1")])
      assert.equal(attempts.length, 2)
      failing.clear()
      await consumer.stop()
      assert.equal(consumer.status().inFlight, 0)
    })

    it("stops for want of a place to park, says why, and leaves the event to the next consumer", async () => {
      await using subject = await create()
      const group = anyGroup()
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const consumer = await subject.bus.subscribe({ group, handler: failing.handler, retry: quickly })
      const events = eventsNamed("a1", "a2")
      await subject.bus.publish(events)
      await assert.rejects(consumer.done, (error: Error & { code?: string; eventId?: string }) => {
        assert.deepEqual([error.code, error.eventId], ["BUS_FAILED", events[0]?.id])
        assert.match((error.cause as Error).message, /can't handle a1/)
        return true
      })
      assert.equal(consumer.status().state, "failed")
      assert.equal(failing.triesOf("a1"), quickly.attempts)
      await subject.bus.subscribe({ group, handler: next.handler })
      await until(() => next.handled.length === 2)
      assert.deepEqual(next.handled, ["a1", "a2"])
    })
  })
}

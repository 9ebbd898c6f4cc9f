import assert from "node:assert/strict"
import { type ConsumerOptions, createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, muchLater, quickly, recorder, until } from "./received.ts"
import { assertInOrder, eventsOfStreams, missingOf } from "./stream-order.ts"

/** Traps 38 and 41: what a consumer didn't do when it stopped is for the next one of its group, and nothing else is. */
export function handingOn({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("consumers of one group, one after another", () => {
    it("hand on what they didn't do, first of its stream, with nothing acknowledged behind it", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const events = eventsOfStreams(12, 5)
      const consumer = await bus.subscribe({ group, handler: failing.handler, retry: muchLater })
      await bus.publish(events)
      await until(() => failing.handled.length === 55 && failing.triesOf("a1") === 1)
      await consumer.stop()
      assert.equal(failing.triesOf("a2"), 0)
      await bus.subscribe({ group, handler: next.handler })
      await until(() => next.handled.includes("a5"))
      assert.deepEqual(
        next.handled.filter((name) => name.startsWith("a")),
        ["a1", "a2", "a3", "a4", "a5"],
      )
      assertInOrder([...failing.handled, ...next.handled], events)
    })

    it("hand on what they hold ready but haven't begun", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const [slow, next] = [recorder(), recorder()]
      const consumer = await bus.subscribe({
        group,
        maxInFlight: 1,
        handler: async (event) => {
          begun.resolve()
          await mayEnd.promise
          slow.handler(event)
        },
      })
      const events = eventsOfStreams(5, 6)
      await bus.publish(events)
      await begun.promise
      const stopping = consumer.stop()
      mayEnd.resolve()
      await stopping
      assert.deepEqual(slow.handled.length, 1)
      await bus.subscribe({ group, handler: next.handler })
      await until(() => missingOf([...slow.handled, ...next.handled], events).length === 0)
      assertInOrder([...slow.handled, ...next.handled], events)
      assert.ok(
        !next.handled.includes(slow.handled[0] as string),
        "what was done when it stopped is acknowledged",
      )
    })

    it("get nothing again of what a consumer before them had done", async () => {
      await using subject = await create()
      const { bus } = subject
      const group = anyGroup()
      const [first, next] = [recorder(), recorder()]
      const consumer = await bus.subscribe({ group, handler: first.handler })
      const events = eventsOfStreams(7, 20)
      await bus.publish(events)
      await until(() => first.handled.length === events.length)
      await consumer.stop()
      await bus.publish([eventNamed("z1")])
      await bus.subscribe({ group, handler: next.handler })
      await until(() => next.handled.includes("z1"))
      assert.deepEqual(next.handled, ["z1"])
    })

    it("go on counting the attempts at an event where those before them stopped, if the bus counts", async (context = undefined) => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { bus } = subject
      if (!bus.capabilities.countsAttempts)
        return context?.skip?.("attempts are counted by the consumer only")
      const group = anyGroup()
      const attempts: number[] = []
      const options = (delayMs: number): ConsumerOptions => ({
        group,
        deadLetters: store.deadLetters,
        retry: { attempts: 3, delayMs, maxDelayMs: delayMs },
        handler: (_event, { attempt }) => {
          attempts.push(attempt)
          throw new Error("never")
        },
      })
      for (const attempt of [1, 2]) {
        const impatient = await bus.subscribe(options(muchLater.delayMs))
        if (attempt === 1) await bus.publish([eventNamed("a1")])
        await until(() => attempts.length === attempt)
        await until(() => impatient.status().retried === 1)
        await impatient.stop()
      }
      const last = await bus.subscribe(options(1))
      await until(async () => (await last.deadLetters.list()).length === 1)
      assert.deepEqual(attempts, [1, 2, 3])
      assert.equal((await last.deadLetters.list())[0]?.attempts, 3)
    })

    it("don't suffer when another one fails, nor do other groups", async () => {
      await using subject = await create()
      const { bus } = subject
      const [group, other] = [anyGroup(), anyGroup()]
      const [failing, next, beside] = [recorder(new Set(["a1"])), recorder(), recorder()]
      const consumer = await bus.subscribe({ group, handler: failing.handler, retry: quickly })
      await bus.subscribe({ group: other, handler: beside.handler })
      const events = eventsOfStreams(3, 3)
      await bus.publish(events)
      await assert.rejects(consumer.done)
      await bus.subscribe({ group, handler: next.handler })
      const handled = () => [...failing.handled, ...next.handled]
      await until(() => missingOf(handled(), events).length === 0 && beside.handled.length === 9)
      assertInOrder(handled(), events)
      assertInOrder(beside.handled, events)
    })
  })
}

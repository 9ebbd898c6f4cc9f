import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import { cutting } from "./bus-capabilities.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventsNamed, recorder, until } from "./received.ts"
import { assertInOrder, eventsOfStreams, missingOf } from "./stream-order.ts"
import { whileUnavailable } from "./while-unavailable.ts"

/** Trap 42: after a broken connection everything goes on by itself. */
export function reconnecting({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("broken connections", () => {
    it("lose nothing, put nothing out of order, and are restored while events flow", async (context = undefined) => {
      await using subject = await create()
      const cut = cutting(subject, context)
      if (cut === undefined) return
      const { bus } = subject
      const [inOrder, unordered] = [recorder(), recorder()]
      const consumers = await Promise.all([
        bus.subscribe({ group: anyGroup(), handler: inOrder.handler, maxInFlight: 10, prefetch: 20 }),
        bus.subscribe({ group: anyGroup(), order: "none", handler: unordered.handler }),
      ])
      const events = eventsOfStreams(5, 30)
      for (let from = 0; from < events.length; from += 5) {
        if (from === 50 || from === 100) await cut()
        await whileUnavailable(() => bus.publish(events.slice(from, from + 5)))
      }
      await until(() => missingOf(inOrder.handled, events).length === 0)
      await until(() => missingOf(unordered.handled, events).length === 0)
      assertInOrder(inOrder.handled, events)
      for (const consumer of consumers) {
        await until(() => consumer.status().state === "running")
        await until(async () => (await whileUnavailable(() => consumer.lag())) === 0)
      }
      await until(async () => (await bus.health()).healthy)
    })

    it("bring nothing again that was acknowledged, and what comes afterwards arrives", async (context = undefined) => {
      await using subject = await create()
      const cut = cutting(subject, context)
      if (cut === undefined) return
      const { bus } = subject
      const { handled, handler } = recorder()
      const consumer = await bus.subscribe({ group: anyGroup(), handler })
      const [before, after] = [eventsNamed("a1", "b1", "c1"), eventsNamed("d1", "e1", "f1")]
      await bus.publish(before)
      await until(async () => handled.length === 3 && (await consumer.lag()) === 0)
      await cut()
      await whileUnavailable(() => bus.publish(after))
      await until(() => missingOf(handled, after).length === 0)
      assert.deepEqual(handled.slice(0, 3).toSorted(), ["a1", "b1", "c1"])
      assert.ok(
        handled.slice(3).every((name) => /[def]1/.test(name)),
        handled.join(" "),
      )
      await until(() => consumer.status().state === "running")
    })

    it("are survived also where a logger throws that is told of them", async (context = undefined) => {
      const fail = () => {
        throw new Error("the log is full")
      }
      await using subject = await create({ logger: { debug: fail, info: fail, warn: fail, error: fail } })
      const cut = cutting(subject, context)
      if (cut === undefined) return
      const { handled, handler } = recorder()
      const consumer = await subject.bus.subscribe({ group: anyGroup(), handler })
      const [before, after] = [eventsNamed("a1", "b1"), eventsNamed("c1", "d1")]
      await subject.bus.publish(before)
      await until(() => missingOf(handled, before).length === 0)
      await cut()
      await whileUnavailable(() => subject.bus.publish(after))
      await until(() => missingOf(handled, after).length === 0)
      await until(() => consumer.status().state === "running")
    })
  })
}

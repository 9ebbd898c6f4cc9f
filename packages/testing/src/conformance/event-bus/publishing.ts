import assert from "node:assert/strict"
import type { AnnalsError } from "@annals/core"
import type { Runner } from "../runner.ts"
import { otherHandles } from "./bus-capabilities.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, nameOf, recorder, until } from "./received.ts"
import { assertInOrder, assertOnceInOrder, eventsOfStreams } from "./stream-order.ts"

/** Traps 44, 45 and 48: everything in its order, had by the bus when it says so, and all of a call checked before any of it is sent. */
export function publishing({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("publishing", () => {
    it("keeps the order of calls that nobody waits for, of one event as well as of 500", async () => {
      await using subject = await create()
      const { handler, handled } = recorder()
      await subject.bus.subscribe({ group: anyGroup(), handler })
      const events = eventsOfStreams(3, 220)
      const calls: Promise<void>[] = []
      for (let from = 0, size = 1; from < events.length; from += size, size = nextSize(size)) {
        calls.push(subject.bus.publish(events.slice(from, from + size)))
      }
      await Promise.all(calls)
      await until(() => handled.length >= events.length)
      assertOnceInOrder(handled, events)
      assert.equal(subject.bus.status().published, events.length)
    })

    it("keeps the order of each of several that publish at the same time", async () => {
      await using subject = await create()
      const { handler, handled } = recorder()
      await subject.bus.subscribe({ group: anyGroup(), handler })
      const other = (await subject.secondHandle?.()) ?? subject.bus
      const events = eventsOfStreams(4, 25)
      const publishAll = async (stream: string, bus = subject.bus) => {
        for (const event of events) if (event.stream.id === stream) await bus.publish([event])
      }
      await Promise.all([publishAll("a"), publishAll("b", other), publishAll("c"), publishAll("d", other)])
      await until(() => handled.length >= events.length)
      assertOnceInOrder(handled, events)
    })

    it("has the events when it resolves: they count at once as waiting", async () => {
      await using subject = await create()
      const { handler, handled } = recorder()
      const consumer = await subject.bus.subscribe({ group: anyGroup(), handler })
      consumer.pause()
      const events = eventsNamed("a1", "b1", "c1", "a2")
      await subject.bus.publish(events)
      assert.equal(await consumer.lag(), 4)
      consumer.resume()
      await until(() => handled.length >= 4)
    })

    it("has the events when it resolves, whatever becomes of who published them", async (context = undefined) => {
      await using subject = await create()
      const open = otherHandles(subject, context)
      if (open === undefined) return
      const { handler, handled } = recorder()
      await subject.bus.subscribe({ group: anyGroup(), handler })
      const publisher = await open()
      const [first, second] = [eventsOfStreams(2, 50), eventsOfStreams(2, 100).slice(100)]
      await publisher.publish(first)
      const underWay = publisher.publish(second)
      await publisher.close()
      await underWay
      await until(() => handled.length >= 200)
      assertOnceInOrder(handled, [...first, ...second])
    })

    it("sends nothing of a call in which an event is too large, and says which", async () => {
      await using subject = await create({ maxEventSize: 2_000 })
      const { bus } = subject
      const { handler, handled } = recorder()
      await bus.subscribe({ group: anyGroup(), handler })
      const fits = eventNamed("a1", { data: { text: "x".repeat(1_000) } })
      const tooLarge = [
        eventNamed("b1", { data: { text: "x".repeat(2_000) } }),
        eventNamed("c1", { data: { text: "ä".repeat(1_000) } }),
        eventNamed("d1", { data: new Uint8Array(2_000) }),
        eventNamed("e1", { metadata: { note: "x".repeat(2_000) } }),
      ]
      for (const event of tooLarge) {
        await assert.rejects(bus.publish([fits, event]), (error: AnnalsError) => {
          assert.deepEqual([error.code, error.retryable], ["EVENT_TOO_LARGE", false])
          assert.equal(error.eventId, event.id)
          assert.ok(error.path, "it says what to shorten")
          return true
        })
      }
      assert.equal(bus.status().rejected, tooLarge.length)
      await bus.publish([eventNamed("z1")])
      await until(() => handled.includes("z1"))
      await bus.publish([fits])
      await until(() => handled.includes("a1"))
      assert.deepEqual(handled, ["z1", "a1"])
    })

    it("sends nothing of a call with a value that can't survive, and says where it stands", async () => {
      await using subject = await create()
      const { bus } = subject
      const { handler, handled } = recorder()
      await bus.subscribe({ group: anyGroup(), handler })
      const bad = [1n, Number.NaN, new Map([[1, 2]]), () => 1, Symbol("s")]
      for (const value of bad) {
        const events = [eventNamed("a1"), eventNamed("b1", { data: { deep: [{ value }] } })]
        await assert.rejects(bus.publish(events), { code: "INVALID_VALUE", path: /deep.*0.*value/ })
      }
      await bus.publish([eventNamed("z1")])
      await until(() => handled.includes("z1"))
      assert.deepEqual(handled, ["z1"])
    })

    it("accepts nothing to publish, sends nothing once its signal is aborted, and goes on afterwards", async () => {
      await using subject = await create()
      const { bus } = subject
      const { handler, handled } = recorder()
      await bus.subscribe({ group: anyGroup(), handler })
      await bus.publish([])
      await assert.rejects(bus.publish([eventNamed("a1")], { signal: AbortSignal.abort() }))
      const controller = new AbortController()
      const events = eventsOfStreams(1, 20).slice(1)
      const underWay = Promise.allSettled(
        events.map((event) => bus.publish([event], { signal: controller.signal })),
      )
      controller.abort()
      await underWay
      await bus.publish([eventNamed("z1")])
      await until(() => handled.includes("z1"))
      assert.ok(!handled.includes("a1"), "what was aborted before isn't sent")
    })

    it("may be repeated as a whole when it was rejected: order is kept, and nothing is lost", async () => {
      await using subject = await create({ maxEventSize: 2_000 })
      const { bus } = subject
      const { handler, handled } = recorder()
      await bus.subscribe({ group: anyGroup(), handler })
      const [first, second, third] = eventsNamed("a1", "a2", "a3")
      assert.ok(first && second && third)
      const calls = [bus.publish([first]), bus.publish([{ ...second, data: "x".repeat(2_000) }, third])]
      const outcomes = await Promise.allSettled(calls)
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected"],
      )
      await bus.publish([second, third])
      await until(() => handled.includes(nameOf(third)))
      assertInOrder(handled, [first, second, third])
    })
  })
}

function nextSize(size: number): number {
  return size === 1 ? 500 : ((size + 2) % 7) + 2
}

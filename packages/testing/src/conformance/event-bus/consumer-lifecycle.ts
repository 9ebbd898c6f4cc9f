import assert from "node:assert/strict"
import { defineEvent, defineEvents, type } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { eventsNamed, quickly, recorder, until } from "./received.ts"

const drawn = defineEvent("drawn", type<{ lines: number }>())

/** Pausing, stopping, closing, and the policy for what can't be read. */
export function consumerLifecycle({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a consumer", () => {
    it("takes nothing while it is paused, and goes on when it is resumed", async () => {
      await using subject = await create()
      const [paused, running] = [recorder(), recorder()]
      const consumer = await subject.bus.subscribe({ group: "paused", handler: paused.handler })
      await subject.bus.subscribe({ group: "running", handler: running.handler })
      consumer.pause()
      assert.equal(consumer.status().state, "paused")
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await until(() => running.handled.length === 2)
      assert.deepEqual(paused.handled, [])
      consumer.resume()
      await until(() => paused.handled.length === 2)
      assert.equal(consumer.status().handled, 2)
    })

    it("waits for what it is handling when it stops, and takes nothing more", async () => {
      await using subject = await create()
      const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let ended = 0
      const consumer = await subject.bus.subscribe({
        group: "g",
        handler: async () => {
          begun.resolve()
          await mayEnd.promise
          ended++
        },
      })
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await begun.promise
      const stopping = consumer.stop()
      mayEnd.resolve()
      await stopping
      await consumer.done
      assert.deepEqual([ended, consumer.status().state], [1, "stopped"])
      await consumer.stop()
    })

    it("stops at once in the middle of a backoff", async () => {
      await using subject = await create()
      const failing = recorder(new Set(["a1"]))
      const retry = { attempts: 5, delayMs: 3_600_000, maxDelayMs: 3_600_000 }
      const consumer = await subject.bus.subscribe({ group: "g", handler: failing.handler, retry })
      await subject.bus.publish(eventsNamed("a1"))
      await until(() => failing.attempts.length === 1)
      await consumer.stop()
      await consumer.done
    })

    it("tells the handler group and attempt", async () => {
      await using subject = await create()
      const attempts: string[] = []
      await subject.bus.subscribe({
        group: "g",
        retry: quickly,
        handler: (_event, { group, attempt, signal }) => {
          attempts.push(`${group} ${attempt} ${signal.aborted}`)
          if (attempt < 3) throw new Error("not yet")
        },
      })
      await subject.bus.publish(eventsNamed("a1"))
      await until(() => attempts.length === 3)
      assert.deepEqual(attempts, ["g 1 false", "g 2 false", "g 3 false"])
    })

    it("follows its policy for an event of a type that it doesn't know", async () => {
      await using subject = await create()
      const [raw, reports] = [recorder(), [] as string[]]
      const events = defineEvents([drawn])
      await subject.bus.subscribe({
        group: "raw",
        events,
        unreadable: "raw",
        handler: (event) => raw.handler(event),
      })
      const skipping = await subject.bus.subscribe({
        group: "skipping",
        events,
        unreadable: (event, { code }) => void reports.push(`${event.type} ${code}`),
        handler: () => assert.fail("it was to be left out"),
      })
      const failing = await subject.bus.subscribe({
        group: "failing",
        events,
        retry: quickly,
        handler: () => {},
      })
      failing.done.catch(() => {})
      await subject.bus.publish(eventsNamed("a1"))
      await until(() => raw.handled.length === 1 && reports.length === 1)
      assert.deepEqual(reports, ["noted UNKNOWN_EVENT_TYPE"])
      await assert.rejects(failing.done, "by default it counts as failed, and there is nowhere to park it")
      assert.equal(skipping.status().state, "running")
    })
  })

  describe("closing the bus", () => {
    it("stops its consumers, may be done twice, and refuses any use afterwards", async () => {
      await using subject = await create()
      const { bus } = subject
      const consumer = await bus.subscribe({ group: "g", handler: () => {} })
      await Promise.all([bus.close(), bus.close()])
      await consumer.done
      await bus.close()
      await assert.rejects(bus.publish(eventsNamed("a1")), { code: "CLOSED" })
      await assert.rejects(async () => bus.subscribe({ group: "g", handler: () => {} }), { code: "CLOSED" })
    })
  })
}

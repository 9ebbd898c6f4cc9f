import assert from "node:assert/strict"
import { createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, muchLater, nameOf, quickly, recorder, until } from "./received.ts"

/** Trap 31: pausing and stopping, at any moment. */
export function consumerLifecycle({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a consumer", () => {
    it("takes nothing while it is paused, and goes on when it is resumed", async () => {
      await using subject = await create()
      const [paused, running] = [recorder(), recorder()]
      const consumer = await subject.bus.subscribe({ group: anyGroup(), handler: paused.handler })
      await subject.bus.subscribe({ group: anyGroup(), handler: running.handler })
      consumer.pause()
      consumer.pause()
      assert.equal(consumer.status().state, "paused")
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await until(() => running.handled.length === 2)
      assert.deepEqual(paused.handled, [])
      consumer.resume()
      consumer.resume()
      await until(() => paused.handled.length === 2)
      assert.deepEqual([consumer.status().state, consumer.status().handled], ["running", 2])
    })

    it("waits for what it is handling when it stops, begins nothing more, and tells its handler", async () => {
      await using subject = await create()
      const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const ended: string[] = []
      let signalled = false
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        handler: async (event, { signal }) => {
          assert.equal(signal.aborted, false)
          signal.addEventListener("abort", () => {
            signalled = true
          })
          begun.resolve()
          await mayEnd.promise
          ended.push(nameOf(event))
        },
      })
      await subject.bus.publish(eventsNamed("a1", "a2"))
      await begun.promise
      assert.equal(consumer.status().inFlight, 1)
      const stopping = consumer.stop().then(() => void ended.push("stopped"))
      assert.deepEqual([consumer.status().state, signalled], ["stopping", true])
      mayEnd.resolve()
      await Promise.all([stopping, consumer.stop()])
      await consumer.done
      assert.deepEqual(
        [ended, consumer.status().state, consumer.status().inFlight],
        [["a1", "stopped"], "stopped", 0],
      )
      await consumer.stop()
      await consumer[Symbol.asyncDispose]()
      consumer.resume()
      assert.equal(consumer.status().state, "stopped")
    })

    it("stops at once in the middle of a backoff, and while it is paused", async () => {
      await using subject = await create()
      const { bus } = subject
      const failing = recorder(new Set(["a1"]))
      const options = { handler: failing.handler, retry: muchLater }
      const consumers = [
        await bus.subscribe({ ...options, group: anyGroup() }),
        await bus.subscribe({ ...options, group: anyGroup() }),
        await bus.subscribe({ ...options, group: anyGroup() }),
      ]
      consumers[1]?.pause()
      await bus.publish(eventsNamed("a1", "a2"))
      await until(() => failing.attempts.length === 2)
      consumers[2]?.pause()
      for (const consumer of consumers) {
        await consumer.stop()
        await consumer.done
        assert.equal(consumer.status().state, "stopped")
      }
    })

    for (const order of ["stream", "none"] as const) {
      it(`that stops while its handler waits for the signal leaves the event to the next one, as not yet tried, in order "${order}"`, async () => {
        await using subject = await create()
        const { bus } = subject
        const group = anyGroup()
        const begun = Promise.withResolvers<void>()
        const consumer = await bus.subscribe({
          group,
          order,
          handler: async (_event, { signal }) => {
            begun.resolve()
            await new Promise((_resolve, reject) => {
              signal.addEventListener("abort", () => reject(signal.reason))
            })
          },
        })
        await bus.publish([eventNamed("a1")])
        await begun.promise
        await consumer.stop()
        const { failed, handled, state } = consumer.status()
        assert.deepEqual([failed, handled, state], [0, 0, "stopped"])
        const seen: string[] = []
        await bus.subscribe({
          group,
          order,
          handler: (event, { attempt }) => void seen.push(`${nameOf(event)} ${attempt}`),
        })
        await until(() => seen.length === 1)
        assert.deepEqual(seen, ["a1 1"])
      })
    }

    it("may publish in its handler, and be stopped by it", async () => {
      await using subject = await create()
      const { bus } = subject
      const seen: string[] = []
      let stopping: Promise<void> | undefined
      const consumer = await bus.subscribe({
        group: anyGroup(),
        handler: async (event) => {
          seen.push(nameOf(event))
          if (event.version < 3) await bus.publish([eventNamed(`a${event.version + 1}`)])
          else stopping = consumer.stop()
        },
      })
      await bus.publish([eventNamed("a1")])
      await until(() => stopping !== undefined)
      await stopping
      await consumer.done
      assert.deepEqual(seen, ["a1", "a2", "a3"])
    })

    it("tells the handler group, order and attempt", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const attempts: string[] = []
      const group = anyGroup()
      await subject.bus.subscribe({
        group,
        retry: quickly,
        deadLetters: store.deadLetters,
        handler: (_event, context) => {
          attempts.push(`${context.group} ${context.order} ${context.attempt} ${context.signal.aborted}`)
          throw new Error("not yet")
        },
      })
      await subject.bus.publish([eventNamed("a1")])
      await until(() => attempts.length === 3)
      assert.deepEqual(
        attempts,
        [1, 2, 3].map((attempt) => `${group} stream ${attempt} false`),
      )
    })
  })
}

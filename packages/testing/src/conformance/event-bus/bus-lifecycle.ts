import assert from "node:assert/strict"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, muchLater, quickly, recorder, until } from "./received.ts"

/** Trap 35: a bus ends cleanly, and says truly how it is. */
export function busLifecycle({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a bus", () => {
    it("stops its consumers when it is closed, which may be done twice, and refuses any use afterwards", async () => {
      await using subject = await create()
      const { bus } = subject
      const failing = recorder(new Set(["a1"]))
      const consumer = await bus.subscribe({ group: anyGroup(), handler: failing.handler, retry: muchLater })
      await bus.publish([eventNamed("a1")])
      await until(() => failing.attempts.length === 1)
      await Promise.all([bus.close(), bus.close()])
      await consumer.done
      await bus.close()
      await bus[Symbol.asyncDispose]()
      assert.deepEqual([consumer.status().state, bus.status().state], ["stopped", "closed"])
      const closed = { code: "CLOSED" }
      await assert.rejects(bus.publish(eventsNamed("a1")), closed)
      await assert.rejects(bus.publish([]), closed)
      await assert.rejects(async () => bus.subscribe({ group: anyGroup(), handler: () => {} }), closed)
      await assert.rejects(async () => bus.deadLetters(anyGroup()).list(), closed)
      await assert.rejects(consumer.lag(), closed)
      await consumer.stop()
      const health = await bus.health()
      assert.equal(health.healthy, false)
      assert.ok(health.problems.length > 0)
    })

    it("can be closed unused, and while consumers are being started", async () => {
      await using unused = await create()
      await unused.bus.close()
      await using subject = await create()
      const { bus } = subject
      const starting = [1, 2].map(() => bus.subscribe({ group: anyGroup(), handler: () => {} }))
      await bus.close()
      for (const outcome of await Promise.allSettled(starting)) {
        if (outcome.status === "fulfilled") assert.equal(outcome.value.status().state, "stopped")
        else assert.equal(outcome.reason.code, "CLOSED")
      }
    })

    it("waits for what is being published when it is closed", async () => {
      await using subject = await create()
      const { bus } = subject
      const publishing = bus.publish(eventsNamed("a1", "a2"))
      await bus.close()
      await publishing
      assert.equal(bus.status().published, 2)
    })

    it("is healthy while it works, and not with a consumer that failed, which it names", async () => {
      await using subject = await create()
      const { bus } = subject
      assert.deepEqual(await bus.health(), { healthy: true, problems: [] })
      const [group, failing] = [anyGroup(), recorder(new Set(["a1"]))]
      const consumer = await bus.subscribe({ group, handler: failing.handler, retry: quickly })
      await bus.subscribe({ group: anyGroup(), handler: () => {} })
      assert.deepEqual(await bus.health(), { healthy: true, problems: [] })
      await bus.publish([eventNamed("a1")])
      await assert.rejects(consumer.done)
      const { healthy, problems } = await bus.health()
      assert.equal(healthy, false)
      assert.ok(
        problems.some((problem) => problem.includes(group)),
        problems.join("; "),
      )
    })
  })
}

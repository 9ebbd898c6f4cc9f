import assert from "node:assert/strict"
import { createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import { anyGroup, eventNamed, eventsNamed, muchLater, quickly, recorder, until } from "./received.ts"

/** Trap 35: numbers that are counted, not made up. */
export function monitoring({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("numbers", () => {
    it("of a consumer are exact: handled, failed, retried and parked, in both orders", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const options = { retry: quickly, handler: failingOnce() }
      const consumers = [
        await subject.bus.subscribe({ ...options, group: anyGroup(), deadLetters: store.deadLetters }),
        await subject.bus.subscribe({ ...options, group: anyGroup(), order: "none", handler: failingOnce() }),
      ]
      await subject.bus.publish(eventsNamed("a1", "b1", "c1", "d1"))
      for (const consumer of consumers) {
        await until(() => consumer.status().handled === 3 && consumer.status().parked === 1)
        await until(() => consumer.status().inFlight === 0)
        const { group, lastError, ...counts } = consumer.status()
        assert.equal(group, consumer.group)
        assert.match((lastError as Error).message, /^(never a|not yet b)$/)
        assert.deepEqual(counts, {
          state: "running",
          handled: 3,
          failed: quickly.attempts + 1,
          retried: quickly.attempts,
          parked: 1,
          inFlight: 0,
        })
        await until(async () => (await consumer.lag()) === 0)
      }
      const { state, published, rejected, consumers: all } = subject.bus.status()
      assert.deepEqual([state, published, rejected], ["open", 4, 0])
      assert.deepEqual(
        all.map(({ group }) => group).toSorted(),
        consumers.map(({ group }) => group).toSorted(),
      )
    })

    it("of what waits count all that isn't acknowledged, each group's own, and come down to 0", async () => {
      await using subject = await create()
      const { bus } = subject
      const [paused, held, free] = [recorder(), recorder(new Set(["a1"])), recorder()]
      const waiting = await bus.subscribe({ group: anyGroup(), handler: paused.handler })
      const holding = await bus.subscribe({ group: anyGroup(), handler: held.handler, retry: muchLater })
      const done = await bus.subscribe({ group: anyGroup(), handler: free.handler })
      assert.deepEqual(await Promise.all([waiting, holding, done].map((each) => each.lag())), [0, 0, 0])
      waiting.pause()
      await bus.publish(eventsNamed("a1", "a2", "a3"))
      await until(async () => free.handled.length === 3 && (await done.lag()) === 0)
      await until(async () => held.attempts.length === 1 && (await holding.lag()) === 3)
      await until(async () => (await waiting.lag()) === 3)
      waiting.resume()
      await until(async () => (await waiting.lag()) === 0)
      assert.equal(paused.handled.length, 3)
    })

    it("of what waits count what comes while the group has no consumer", async () => {
      await using subject = await create()
      const { bus } = subject
      const [group, { handler, handled }] = [anyGroup(), recorder()]
      const first = await bus.subscribe({ group, handler })
      await bus.publish([eventNamed("a1")])
      await until(() => handled.length === 1)
      await first.stop()
      await bus.publish([eventNamed("a2"), eventNamed("b1")])
      const next = await bus.subscribe({ group, handler: () => new Promise(setImmediate) })
      next.pause()
      const lag = await next.lag()
      assert.ok(lag <= 2, `${lag} of 2`)
      next.resume()
      await until(async () => (await next.lag()) === 0 && next.status().handled === 2)
    })

    it("of a bus count what was published and what was refused, with the last error", async () => {
      await using subject = await create({ maxEventSize: 1_000 })
      const { bus } = subject
      await bus.publish(eventsNamed("a1", "a2", "a3"))
      const tooLarge = eventNamed("a4", { data: "x".repeat(1_000) })
      for (let call = 0; call < 2; call++) await assert.rejects(bus.publish([tooLarge]))
      const { published, rejected, lastError, consumers } = bus.status()
      assert.deepEqual([published, rejected, consumers], [3, 2, []])
      assert.equal((lastError as { code?: string }).code, "EVENT_TOO_LARGE")
    })
  })
}

/** Never takes stream a, and b at the second attempt. */
function failingOnce() {
  return (
    { stream }: { readonly stream: { readonly id: string } },
    { attempt }: { readonly attempt: number },
  ) => {
    if (stream.id === "a") throw new Error("never a")
    if (stream.id === "b" && attempt === 1) throw new Error("not yet b")
  }
}

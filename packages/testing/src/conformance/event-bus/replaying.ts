import assert from "node:assert/strict"
import { type BusDeadLetters, createMemoryStore } from "@annals/core"
import type { Runner } from "../runner.ts"
import type { CreateBusSubject } from "./event-bus-subject.ts"
import {
  anyGroup,
  eventNamed,
  eventsNamed,
  muchLater,
  nameOf,
  namesOf,
  quickly,
  recorder,
  until,
} from "./received.ts"

/** Dead letters of parked streams are handled again, in order, by whoever has the stream then. */
export function replaying({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a replay of a parked stream", () => {
    it("takes the whole stream for any of its events, counts attempts anew, and parks it again if it fails", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled, failing, triesOf } = recorder(new Set(["a1", "b1"]))
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      })
      const { deadLetters } = consumer
      const events = eventsNamed("a1", "a2", "a3", "b1")
      await subject.bus.publish(events)
      await until(async () => (await deadLetters.list()).length === 4)
      failing.delete("a1")
      failing.add("a2")
      assert.equal(await deadLetters.replay([events[2]?.id as string]), 3)
      await until(async () => (await deadLetters.list()).length === 3 && triesOf("a2") === quickly.attempts)
      await until(async () => (await codesOf(deadLetters)).includes("a2: can't handle a2"))
      assert.deepEqual(handled, ["a1"])
      assert.deepEqual([triesOf("a3"), triesOf("b1")], [0, quickly.attempts])
      failing.clear()
      assert.equal(await deadLetters.replay(), 3)
      await until(() => handled.length === 4)
      assert.deepEqual(
        handled.filter((name) => name !== "b1"),
        ["a1", "a2", "a3"],
      )
    })

    it("can be asked for by who has no consumer, and until then the stream stays parked for the next consumer", async () => {
      await using subject = await create({ replayPollIntervalMs: 5 })
      await using store = createMemoryStore()
      const { bus } = subject
      const [group, { deadLetters }] = [anyGroup(), store]
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const parking = await bus.subscribe({ group, handler: failing.handler, retry: quickly, deadLetters })
      await bus.publish(eventsNamed("a1", "a2"))
      await until(async () => (await parking.deadLetters.list()).length === 2)
      await parking.stop()
      await bus.publish([eventNamed("a3"), eventNamed("b1")])
      await bus.subscribe({ group, handler: next.handler, deadLetters })
      const elsewhere = (await subject.secondHandle?.({ replayPollIntervalMs: 5 })) ?? bus
      const letters = elsewhere.deadLetters(group, { deadLetters })
      await until(async () => (await letters.list()).length === 3 && next.handled.length === 1)
      assert.deepEqual(namesOf(await letters.list()), ["a1", "a2", "a3"])
      assert.deepEqual(next.attempts, ["b1"])
      assert.deepEqual(await elsewhere.deadLetters(anyGroup(), { deadLetters }).list(), [])
      assert.equal(await letters.replay(), 3)
      await until(() => next.handled.length === 4)
      assert.deepEqual(next.handled, ["b1", "a1", "a2", "a3"])
    })

    it("happens also if it was asked for while no consumer ran, before anything newer", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { bus } = subject
      const [group, { deadLetters }] = [anyGroup(), store]
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const parking = await bus.subscribe({ group, handler: failing.handler, retry: quickly, deadLetters })
      await bus.publish(eventsNamed("a1", "a2"))
      await until(async () => (await parking.deadLetters.list()).length === 2)
      await parking.stop()
      assert.equal(await bus.deadLetters(group, { deadLetters }).replay(), 2)
      await bus.publish([eventNamed("a3")])
      await bus.subscribe({ group, handler: next.handler, deadLetters })
      await until(() => next.handled.length === 3)
      assert.deepEqual(next.handled, ["a1", "a2", "a3"])
    })

    it("stops at once in a backoff, and is done by the next consumer", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { bus } = subject
      const [group, { deadLetters }] = [anyGroup(), store]
      const [failing, next] = [recorder(new Set(["a1"])), recorder()]
      const options = { group, handler: failing.handler, deadLetters }
      const parking = await bus.subscribe({ ...options, retry: { attempts: 1 } })
      await bus.publish(eventsNamed("a1", "a2"))
      await until(async () => (await parking.deadLetters.list()).length === 2)
      await parking.stop()
      const replaying = await bus.subscribe({ ...options, retry: muchLater })
      await replaying.deadLetters.replay()
      await until(() => failing.triesOf("a1") === 2)
      await replaying.stop()
      await bus.subscribe({ group, handler: next.handler, deadLetters })
      await until(() => next.handled.length === 2)
      assert.deepEqual(next.handled, ["a1", "a2"])
    })
  })
}

async function codesOf(deadLetters: BusDeadLetters): Promise<string[]> {
  return (await deadLetters.list()).map(({ event, message }) => `${nameOf(event)}: ${message}`)
}

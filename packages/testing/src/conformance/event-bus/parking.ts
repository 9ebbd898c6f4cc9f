import assert from "node:assert/strict"
import {
  type BusDeadLetters,
  type ConsumerOptions,
  createMemoryStore,
  type DeadLetterStore,
} from "@annals/core"
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

/** With order "stream", a stream parks after the last attempt, with all that comes behind, and is replayed in order. */
export function parking({ describe, it }: Runner, create: CreateBusSubject): void {
  describe("a parked stream", () => {
    it("waits with what comes behind, says why, and is replayed in order while others go on", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled, failing, triesOf } = recorder(new Set(["a1"]))
      const startedAt = Date.now()
      const consumer = await subject.bus.subscribe({
        group: anyGroup(),
        handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      })
      const { deadLetters } = consumer
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(async () => (await deadLetters.list()).length === 2 && handled.includes("b1"))
      await subject.bus.publish([eventNamed("a3"), eventNamed("b2")])
      await until(async () => (await deadLetters.list()).length === 3 && handled.includes("b2"))
      assert.deepEqual([triesOf("a1"), triesOf("a2"), triesOf("a3")], [quickly.attempts, 0, 0])
      const letters = await deadLetters.list()
      assert.deepEqual(namesOf(letters), ["a1", "a2", "a3"])
      assert.deepEqual(letters[0]?.event, eventsNamed("a1")[0])
      const { message, code, attempts, failedAt } = letters[0] as (typeof letters)[number]
      assert.deepEqual([message, code, attempts], ["can't handle a1", "Error", quickly.attempts])
      assert.ok(failedAt >= startedAt && failedAt <= Date.now())
      assert.deepEqual(namesOf(await deadLetters.list({ limit: 1 })), ["a1"])
      failing.clear()
      assert.equal(await deadLetters.replay(), 3)
      await subject.bus.publish([eventNamed("a4")])
      await until(() => handled.length === 6)
      assert.deepEqual(handled, ["b1", "b2", "a1", "a2", "a3", "a4"])
      await until(async () => (await deadLetters.list()).length === 0)
      await until(async () => (await consumer.lag()) === 0)
    })

    it("is replayed as a whole for any of its events, with attempts counted anew, and parks again if that fails", async () => {
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

    it("flows on when its first event is given up: what waited behind it is replayed", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const { handler, handled } = recorder(new Set(["a1", "b1"]))
      const options: ConsumerOptions = {
        group: anyGroup(),
        handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      }
      const { deadLetters } = await subject.bus.subscribe(options)
      const events = eventsNamed("a1", "a2", "b1", "c1")
      await subject.bus.publish(events)
      await until(async () => (await deadLetters.list()).length === 3 && handled.length === 1)
      const [a1, a2, b1, c1] = events.map(({ id }) => id) as [string, string, string, string]
      assert.equal(await deadLetters.discard([b1, c1]), 1, "c1 is no dead letter")
      assert.equal(await deadLetters.discard([a1]), 1)
      await until(() => handled.includes("a2"))
      await until(async () => (await deadLetters.list()).length === 0)
      assert.equal(await deadLetters.discard([a1, a2, b1]), 0)
      assert.equal(await deadLetters.replay(), 0)
      await subject.bus.publish([eventNamed("a3"), eventNamed("b2")])
      await until(() => handled.includes("a3") && handled.includes("b2"))
      assert.deepEqual(handled.toSorted(), ["a2", "a3", "b2", "c1"])
    })

    it("stays parked for the next consumer, and its dead letters are there for who has no consumer", async () => {
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

    it("is replayed also if that was asked for while no consumer ran, before anything newer", async () => {
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

    it("says what the error said, whatever was thrown", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      const thrown: Record<string, unknown> = {
        a: Object.assign(new RangeError("too far"), { code: "TOO_FAR" }),
        b: new TypeError("no such thing"),
        c: "a text",
        d: undefined,
        e: Object.create(null),
      }
      const { deadLetters } = await subject.bus.subscribe({
        group: anyGroup(),
        retry: { attempts: 1 },
        deadLetters: store.deadLetters,
        handler: (event) => {
          throw thrown[event.stream.id]
        },
      })
      await subject.bus.publish(eventsNamed("a1", "b1", "c1", "d1", "e1"))
      await until(async () => (await deadLetters.list()).length === 5)
      const letters = (await deadLetters.list()).toSorted((a, b) =>
        nameOf(a.event) < nameOf(b.event) ? -1 : 1,
      )
      assert.deepEqual(
        letters.slice(0, 4).map(({ message, code, attempts }) => [message, code, attempts]),
        [
          ["too far", "TOO_FAR", 1],
          ["no such thing", "TypeError", 1],
          ["a text", "Error", 1],
          ["undefined", "Error", 1],
        ],
      )
      assert.equal(typeof letters[4]?.message, "string")
    })

    it("isn't acknowledged before the dead letter store has it, however long that takes", async () => {
      await using subject = await create()
      await using store = createMemoryStore()
      let refusals = 0
      const refusing: DeadLetterStore = {
        ...store.deadLetters,
        park: async () => {
          refusals++
          throw new Error("the database is away")
        },
      }
      const [group, never] = [anyGroup(), recorder(new Set(["a1"]))]
      const first = await subject.bus.subscribe({
        group,
        handler: never.handler,
        retry: quickly,
        deadLetters: refusing,
      })
      await subject.bus.publish(eventsNamed("a1", "a2", "b1"))
      await until(() => refusals > 1 && never.handled.includes("b1"))
      assert.equal(first.status().state, "running")
      assert.equal(first.status().parked, 0)
      await first.stop()
      const next = await subject.bus.subscribe({
        group,
        handler: never.handler,
        retry: quickly,
        deadLetters: store.deadLetters,
      })
      await until(async () => (await next.deadLetters.list()).length === 2)
      assert.deepEqual(namesOf(await next.deadLetters.list()), ["a1", "a2"])
      assert.deepEqual(
        never.handled.filter((name) => name.startsWith("a")),
        [],
      )
    })

    it("stops at once while it waits out a backoff in a replay, and is replayed by the next consumer", async () => {
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

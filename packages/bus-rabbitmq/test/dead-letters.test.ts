import { randomUUID } from "node:crypto"
import type { EventBus, RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { createTopic, type Topic, until } from "./create-topic.ts"
import { eventsOf, numberOf } from "./events.ts"

const once = { attempts: 1 }

usingService("rabbitmq", (url) => {
  describe("dead letters of order none", () => {
    it.concurrent("keep their order, and are all there, however many look at the same time", async () => {
      await using topic = createTopic(url)
      const { ids } = await withDeadLetters(topic, 30)
      const letters = [topic.open(), topic.open(), topic.open()].map((bus) => bus.deadLetters("g"))
      const lists = await Promise.all([...letters, ...letters].map((each) => each.list()))
      for (const list of lists) expect(list.map(({ event }) => event.id)).toEqual(ids)
      expect((await letters[0]?.list({ limit: 7 }))?.map(({ event }) => event.id)).toEqual(ids.slice(0, 7))
      expect((await letters[1]?.list())?.map(({ event }) => event.id)).toEqual(ids)
    })

    it.concurrent("are replayed once, and discarded once, also when several processes do so together", async () => {
      await using topic = createTopic(url)
      const { ids, failing, handled } = await withDeadLetters(topic, 20)
      failing.clear()
      const letters = [topic.open(), topic.open()].map((bus) => bus.deadLetters("g"))
      const [some, others] = [ids.slice(0, 10), ids.slice(5, 15)]
      const replayed = await Promise.all([letters[0]?.replay(some), letters[1]?.replay(others)])
      expect((replayed[0] ?? 0) + (replayed[1] ?? 0)).toBe(15)
      const discarded = await Promise.all(letters.map((each) => each.discard(ids.slice(14, 18))))
      expect(discarded.toSorted()).toEqual([0, 3])
      expect((await letters[0]?.list())?.map(({ event }) => event.id)).toEqual(ids.slice(18))
      await until(() => handled.length === 15)
      expect(await letters[0]?.replay()).toBe(2)
      await until(() => handled.length === 17)
      expect(new Set(handled).size).toBe(17)
    })

    it.concurrent("survive whoever looks at them and dies", async () => {
      await using topic = createTopic(url)
      const { ids } = await withDeadLetters(topic, 10)
      const looking = await topic.withChannel(async (channel) => {
        const message = await channel.get(`${topic.name}:g:dead`)
        return message ? message.properties.messageId : undefined
      })
      expect(looking).toBe(ids[0])
      const { list } = topic.open().deadLetters("g")
      await until(async () => (await list()).length === 10)
      expect(new Set((await list()).map(({ event }) => event.id))).toEqual(new Set(ids))
    })

    it.concurrent("are none where there is no group, or one of the other order", async () => {
      await using topic = createTopic(url)
      const bus = topic.open()
      await bus.subscribe({ group: "ordered", handler: () => {} })
      for (const group of ["ordered", "nobody"]) {
        const letters = bus.deadLetters(group)
        expect(await letters.list()).toEqual([])
        expect(await letters.replay()).toBe(0)
        expect(await letters.discard([randomUUID()])).toBe(0)
      }
    })
  })

  describe("a retry", () => {
    it.concurrent("waits in the broker for as long as it says, and reaches only the group that failed", async () => {
      await using topic = createTopic(url)
      const [bus, other] = [topic.open(), topic.open()]
      const attempts: [number, number][] = []
      let others = 0
      await other.subscribe({ group: "other", order: "none", handler: () => void others++ })
      const consumer = await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 3, delayMs: 200, maxDelayMs: 400 },
        handler(_event, { attempt }) {
          attempts.push([attempt, performance.now()])
          if (attempt < 3) throw new Error("not yet")
        },
      })
      await bus.publish(eventsOf(1, 1))
      await until(() => attempts.length === 3)
      const [first, second, third] = attempts.map(([, at]) => at) as [number, number, number]
      expect(second - first).toBeGreaterThanOrEqual(100)
      expect(third - second).toBeGreaterThanOrEqual(200)
      await until(async () => (await consumer.lag()) === 0)
      expect(others).toBe(1)
    })

    it.concurrent("is counted where it waits when its consumer is gone, and done by the next", async () => {
      await using topic = createTopic(url)
      const [first, second] = [topic.open(), topic.open()]
      const retry = { attempts: 3, delayMs: 500, maxDelayMs: 500 }
      const failed: number[] = []
      const consumer = await first.subscribe({
        group: "g",
        order: "none",
        retry,
        handler(_event, { attempt }) {
          failed.push(attempt)
          throw new Error("no")
        },
      })
      await first.publish(eventsOf(1, 1))
      await until(() => failed.length === 1)
      await consumer.stop()
      const attempts: number[] = []
      await second.subscribe({
        group: "g",
        order: "none",
        retry,
        handler: (_event, { attempt }) => void attempts.push(attempt),
      })
      await until(() => attempts.length === 1)
      expect(attempts).toEqual([2])
    })
  })
})

/** Events that all failed, in their order. */
async function withDeadLetters(topic: Topic, count: number) {
  const bus: EventBus = topic.open()
  const events = eventsOf(3, count)
  const failing = new Set(events.map(({ id }) => id))
  const handled: number[] = []
  const consumer = await bus.subscribe({
    group: "g",
    order: "none",
    maxInFlight: 1,
    retry: once,
    handler(event: RecordedEvent) {
      if (failing.has(event.id)) throw new Error(`can't handle ${numberOf(event)}`)
      handled.push(numberOf(event))
    },
  })
  await bus.publish(events)
  await until(() => consumer.status().parked === count)
  const ids = (await bus.deadLetters("g").list()).map(({ event }) => event.id)
  expect(new Set(ids)).toEqual(failing)
  return { ids, failing, handled }
}

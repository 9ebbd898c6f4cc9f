import { systemClock } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { createTopic, type Topic, until } from "./create-topic.ts"
import { eventPerPartition, eventsOf, numberOf } from "./events.ts"

usingService("rabbitmq", (url) => {
  describe("publishing", () => {
    it.concurrent("isn't refused while there is no group, and keeps nothing for one that comes later", async () => {
      await using topic = createTopic(url)
      const bus = topic.open()
      const handled: number[] = []
      await bus.publish(eventsOf(3, 3))
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(numberOf(event)) })
      await bus.publish(eventsOf(10, 10).slice(5))
      await until(() => handled.length === 5)
      expect(handled.toSorted()).toEqual([5, 6, 7, 8, 9])
    })

    it.concurrent("is refused where a group has lost a queue, until a consumer makes it again", async () => {
      await using topic = createTopic(url, { partitions: 2 })
      const bus = topic.open()
      await (await bus.subscribe({ group: "g", handler: () => {} })).stop()
      await topic.withChannel((channel) => channel.deleteQueue(`${topic.name}:g:1`))
      const error = await bus.publish(eventPerPartition(2, "a")).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_FAILED", message: expect.stringContaining("partition 1") })
      const handled: number[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(numberOf(event)) })
      await bus.publish(eventPerPartition(2, "b"))
      await until(() => handled.length === 3)
      expect(handled.toSorted()).toEqual([0, 0, 1])
    })

    it.concurrent("that the broker refuses takes all with it that is under way behind it", async () => {
      await using topic = createTopic(url)
      const bus = topic.open()
      await bus.subscribe({ group: "g", handler: () => {} })
      await limit(topic, "full", 5)
      const calls = eventsOf(1, 60).map((event) => bus.publish([event]))
      const outcomes = (await Promise.allSettled(calls)).map(({ status }) => status)
      expect(new Set(outcomes.slice(outcomes.indexOf("rejected")))).toEqual(new Set(["rejected"]))
      expect(await calls.at(-1)?.catch((error) => error)).toMatchObject({ code: "BUS_FAILED" })
      await topic.withChannel((channel) => channel.deleteQueue(`${topic.name}-full`))
      await bus.publish(eventsOf(3, 30))
    })

    it.concurrent("is as long in order as it is bounded: many more events than may be on their way", async () => {
      await using topic = createTopic(url)
      const bus = topic.open()
      const handled: number[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(numberOf(event)) })
      const events = eventsOf(1, 4_000)
      await Promise.all([bus.publish(events.slice(0, 3_500)), bus.publish(events.slice(3_500))])
      await until(() => handled.length === 4_000)
      expect(handled).toEqual(events.map(numberOf))
    })

    it.concurrent("may take longer, as a whole, than the broker may take to confirm a message", async () => {
      await using topic = createTopic(url, { partitions: 2 })
      let handled = 0
      // The more is done, the later it is: on a slow machine as well.
      const clock = {
        now: () => handled,
        sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 50, signal),
      }
      const bus = topic.open({ clock, publishTimeoutMs: 7_000 })
      await bus.subscribe({ group: "g", handler: () => void handled++ })
      await bus.publish(eventsOf(10, 8_000))
      await until(() => handled === 8_000)
    })
  })
})

/** A queue of somebody else's, that takes no more than so many: what the broker then refuses is refused as a whole. */
async function limit(topic: Topic, name: string, length: number): Promise<void> {
  const queue = `${topic.name}-${name}`
  await topic.withChannel(async (channel) => {
    await channel.assertQueue(queue, {
      arguments: { "x-max-length": length, "x-overflow": "reject-publish", "x-expires": 60_000 },
    })
    await channel.bindQueue(queue, topic.name, "")
  })
}

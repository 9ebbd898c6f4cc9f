import { type BusConsumer, systemClock } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { createTopic, succeeds, until } from "./create-topic.ts"
import { eventPerPartition, eventsOf, numberOf } from "./events.ts"

usingService("rabbitmq", (url) => {
  describe("what is in the broker", () => {
    it.concurrent("says how many partitions there are", async () => {
      await using topic = createTopic(url, { partitions: 4 })
      await (await topic.open().subscribe({ group: "g", handler: () => {} })).stop()
      const error = await topic
        .open({ partitions: 8 })
        .publish(eventsOf(1, 1))
        .catch((reason) => reason)
      expect(error).toMatchObject({ code: "INVALID_OPTION", path: "partitions", expected: 8, actual: 4 })
    })

    it.concurrent("is refused if it is something else, saying what differs", async () => {
      await using topic = createTopic(url, { partitions: 1 })
      const queue = `${topic.name}:g:0`
      await topic.withChannel((channel) => channel.assertQueue(queue, { durable: true }))
      const error = await topic
        .open()
        .subscribe({ group: "g", handler: () => {} })
        .catch((reason) => reason)
      expect(error).toMatchObject({
        code: "BUS_FAILED",
        message: expect.stringContaining("is there with another"),
      })
      expect(error.message).toContain(queue)
    })

    it.concurrent.each(["stream", "none"] as const)(
      "is made again if it is removed under a consumer with order %s",
      async (order) => {
        await using topic = createTopic(url, { partitions: 2 })
        const warnings: string[] = []
        const log = (message: string) => void warnings.push(message)
        const bus = topic.open({ logger: { debug: () => {}, info: () => {}, warn: log, error: log } })
        const handled: number[] = []
        const consumer = await bus.subscribe({
          group: "g",
          order,
          handler: (event) => void handled.push(numberOf(event)),
        })
        await bus.publish(eventPerPartition(2, "a"))
        await until(() => handled.length === 2)
        const queue = `${topic.name}:g:${order === "stream" ? "1" : "events"}`
        await topic.withChannel((channel) => channel.deleteQueue(queue))
        await until(() => warnings.includes("a queue is not consumed any more, until it is again"))
        await until(() => succeeds(bus.publish(eventPerPartition(2, "b"))))
        await until(() => new Set(handled.slice(2)).size === 2)
        expect(consumer.status().state).toBe("running")
      },
    )

    it.concurrent.each(["stream", "none"] as const)(
      "is gone after its group of order %s was removed",
      async (order) => {
        await using topic = createTopic(url, { partitions: 2 })
        const bus = topic.open()
        const consumer = await bus.subscribe({ group: "g", order, handler: () => {} })
        await expect(topic.open().removeGroup("g")).rejects.toMatchObject({ code: "BUS_FAILED" })
        await consumer.stop()
        await bus.removeGroup("g")
        for (const name of ["0", "1", "events", "dead"]) {
          const check = topic.withChannel((channel) => channel.checkQueue(`${topic.name}:g:${name}`))
          await expect(check).rejects.toThrow("NOT_FOUND")
        }
        await bus.publish(eventsOf(2, 2))
      },
    )

    it.concurrent("is looked at every now and then: a binding that somebody removed is made again", async () => {
      await using topic = createTopic(url, { partitions: 2 })
      const sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 50, signal)
      const bus = topic.open({ clock: { now: () => systemClock.now(), sleep } })
      const handled: number[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(numberOf(event)) })
      await topic.withChannel((channel) => channel.deleteExchange(topic.name))
      await until(async () => {
        await succeeds(bus.publish(eventsOf(1, 1)))
        return handled.length > 0
      })
    })

    it.concurrent("is told from what belongs to a topic or a group that begins alike", async () => {
      await using topic = createTopic(url, { partitions: 1 })
      await using longer = createTopic(url, { partitions: 1, topic: `${topic.name}.a` })
      const handled: string[] = []
      const join = async (bus: ReturnType<typeof topic.open>, group: string): Promise<BusConsumer> =>
        bus.subscribe({ group, handler: (event) => void handled.push(`${group} ${numberOf(event)}`) })
      await join(topic.open(), "a.b")
      await join(longer.open(), "b")
      await longer.open().publish(eventsOf(2, 2))
      await until(() => handled.length === 2)
      expect(handled.toSorted()).toEqual(["b 0", "b 1"])
    })
  })
})

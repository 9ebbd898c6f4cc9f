import { usingService } from "@annals/services"
import { createTcpProxy } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { createTopic, succeeds, until } from "./create-topic.ts"
import { eventsOf, numberOf } from "./events.ts"

usingService("rabbitmq", (url) => {
  describe("a lost connection", () => {
    it.concurrent.each(["stream", "none"] as const)(
      "is restored with its consumers, of order %s",
      async (order) => {
        await using topic = createTopic(url)
        await using proxy = await createTcpProxy({ target: url })
        const bus = topic.open({ url: proxy.url })
        const handled = new Set<number>()
        const consumer = await bus.subscribe({
          group: "g",
          order,
          handler: (event) => void handled.add(numberOf(event)),
        })
        const events = eventsOf(5, 20)
        await bus.publish(events.slice(0, 10))
        await until(() => handled.size === 10)
        await proxy.refuse()
        proxy.cut()
        await until(() => consumer.status().state === "disconnected")
        const refused = { code: "BUS_UNAVAILABLE", retryable: true }
        const isHealthy = bus.health().then(({ healthy }) => healthy)
        await expect(bus.publish(events.slice(10))).rejects.toMatchObject(refused)
        await expect(consumer.lag()).rejects.toMatchObject(refused)
        expect(await isHealthy).toBe(false)
        await topic.open().publish(events.slice(10, 15)) // meanwhile, by another process
        await proxy.accept()
        await until(() => consumer.status().state === "running")
        await until(() => succeeds(bus.publish(events.slice(15))))
        await until(() => handled.size === 20)
        await until(async () => (await consumer.lag()) === 0 && (await bus.health()).healthy)
      },
    )

    it.concurrent("is noticed by the heartbeat where no packet comes through", async () => {
      await using topic = createTopic(url)
      await using proxy = await createTcpProxy({ target: url })
      const bus = topic.open({ url: proxy.url, heartbeatSeconds: 1 })
      const consumer = await bus.subscribe({ group: "g", handler: () => {} })
      proxy.stall()
      await until(() => consumer.status().state === "disconnected")
      proxy.flow()
      await until(() => consumer.status().state === "running")
    })

    it.concurrent("is what a broker counts as that doesn't confirm in time", async () => {
      await using topic = createTopic(url)
      await using proxy = await createTcpProxy({ target: url })
      const bus = topic.open({ url: proxy.url, publishTimeoutMs: 300 })
      await until(() => succeeds(bus.publish(eventsOf(1, 1))))
      proxy.stall()
      const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_UNAVAILABLE", retryable: true })
      proxy.flow()
      await until(() => succeeds(bus.publish(eventsOf(1, 1))))
    })

    it.concurrent("doesn't keep a bus from closing, nor a broker that says nothing", async () => {
      await using topic = createTopic(url)
      await using proxy = await createTcpProxy({ target: url })
      const [away, stalled] = [topic.open({ url: proxy.url }), topic.open({ url: proxy.url })]
      await away.subscribe({ group: "g", handler: () => {} })
      await proxy.refuse()
      proxy.cut()
      await away.close()
      await proxy.accept()
      await stalled.subscribe({ group: "g", handler: () => {} })
      proxy.stall()
      await stalled.close()
    })

    it.concurrent.each(["cut", "stall"] as const)(
      "keeps no consumer from stopping whose retries were under way: %s",
      async (kind) => {
        await using topic = createTopic(url)
        await using proxy = await createTcpProxy({ target: url })
        const bus = topic.open({ url: proxy.url, heartbeatSeconds: 1 })
        const options = {
          group: "g",
          order: "none",
          retry: { attempts: 9, delayMs: 10, maxDelayMs: 10 },
        } as const
        const failed = new Set<number>()
        const gate = Promise.withResolvers<void>()
        const consumer = await bus.subscribe({
          ...options,
          async handler(event) {
            failed.add(numberOf(event))
            await gate.promise
            throw new Error("no")
          },
        })
        await topic.open().publish(eventsOf(20, 20))
        await until(() => failed.size === 20)
        if (kind === "cut") await proxy.refuse()
        proxy[kind]()
        gate.resolve()
        // A turn later they are being sent.
        await new Promise(setImmediate)
        await consumer.stop()
        const handled = new Set<number>()
        await topic.open().subscribe({ ...options, handler: (event) => void handled.add(numberOf(event)) })
        await until(() => handled.size === 20)
      },
    )

    it.concurrent("may never have been made: whoever comes when it can be made finds all well", async () => {
      await using topic = createTopic(url)
      await using proxy = await createTcpProxy({ target: url })
      await proxy.refuse()
      const bus = topic.open({ url: proxy.url })
      await expect(bus.publish(eventsOf(1, 1))).rejects.toMatchObject({
        code: "BUS_UNAVAILABLE",
        retryable: true,
      })
      await expect(bus.subscribe({ group: "g", handler: () => {} })).rejects.toMatchObject({
        code: "BUS_UNAVAILABLE",
      })
      await proxy.accept()
      await bus.publish(eventsOf(1, 1))
    })

    it.concurrent("is replaced by one to another node of the cluster", async () => {
      await using topic = createTopic(url)
      await using first = await createTcpProxy({ target: url })
      await using second = await createTcpProxy({ target: url })
      const bus = topic.open({ url: [first.url, second.url] })
      const handled: number[] = []
      const consumer = await bus.subscribe({
        group: "g",
        handler: (event) => void handled.push(numberOf(event)),
      })
      await first.refuse()
      first.cut()
      await until(() => second.connections === 2 && consumer.status().state === "running")
      await bus.publish(eventsOf(1, 1))
      await until(() => handled.length === 1)
    })
  })
})

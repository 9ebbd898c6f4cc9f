import { inspect } from "node:util"
import { usingSecureService, usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { createRabbitmqBus } from "../src/index.ts"
import { createTopic, until } from "./create-topic.ts"
import { eventsOf, numberOf } from "./events.ts"

/** All that a log would show of an error. */
const shown = (error: unknown) => inspect(error, { depth: 20, showHidden: true })

usingSecureService("rabbitmq", ({ url, limitedUrl, ca }) => {
  describe("TLS", () => {
    it.concurrent.each(["stream", "none"] as const)(
      "carries everything of a bus with order %s",
      async (order) => {
        await using topic = createTopic(url, { tls: { ca } })
        const bus = topic.open()
        const handled: number[] = []
        const failing = new Set([1])
        const retry = { attempts: 1 }
        const options = { group: "g", order, retry } as const
        const consumer = await bus.subscribe({
          ...options,
          handler(event) {
            if (order === "none" && failing.delete(numberOf(event))) throw new Error("no")
            handled.push(numberOf(event))
          },
        })
        await bus.publish(eventsOf(3, 3))
        if (order === "none") await until(async () => (await consumer.deadLetters.replay()) === 1)
        await until(async () => handled.length === 3 && (await consumer.lag()) === 0)
        expect(await bus.health()).toEqual({ healthy: true, problems: [] })
      },
    )

    it.concurrent("isn't made to a server whose certificate nobody vouches for", async () => {
      await using topic = createTopic(url)
      const error = await topic
        .open()
        .publish(eventsOf(1, 1))
        .catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_FAILED", message: expect.stringContaining("tls.ca") })
      expect(shown(error)).not.toContain(new URL(url).password)
    })
  })

  describe("permissions", () => {
    it.concurrent.each(["stream", "none"] as const)(
      "are needed for names of the topic only, with order %s",
      async (order) => {
        await using topic = createTopic(limitedUrl, {
          tls: { ca },
          topic: `limited-${Math.random().toString(36).slice(2)}`,
        })
        const bus = topic.open()
        const handled: number[] = []
        const failing = new Set([0])
        await bus.subscribe({
          group: "g",
          order,
          retry: { attempts: 2, delayMs: 1, maxDelayMs: 1 },
          handler(event) {
            if (failing.delete(numberOf(event))) throw new Error("not yet")
            handled.push(numberOf(event))
          },
        })
        await bus.publish(eventsOf(3, 3))
        await until(() => handled.length === 3)
        await expect(bus.publish(eventsOf(1, 1))).resolves.toBeUndefined()
      },
    )

    it.concurrent("are said to be missing where they are", async () => {
      const bus = createRabbitmqBus({ url: limitedUrl, tls: { ca }, topic: "others" })
      const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_FAILED", retryable: false })
      expect(error.message).toContain("permissions")
      expect(shown(error)).not.toContain(new URL(limitedUrl).password)
      await bus.close()
    })
  })
})

usingService("rabbitmq", (url) => {
  describe("a login", () => {
    const secret = "correct-horse"

    it.concurrent("that is refused is said to be, without the password", async () => {
      const wrong = new URL(url)
      wrong.password = secret
      const messages: unknown[] = []
      const log = (...said: unknown[]) => void messages.push(said)
      const logger = { debug: log, info: log, warn: log, error: log }
      const bus = createRabbitmqBus({ url: wrong.href, topic: "nobody", logger })
      const error = await bus.publish(eventsOf(1, 1)).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_FAILED", retryable: false })
      expect(error.message).toContain("user and password")
      const health = await bus.health()
      expect(health.healthy).toBe(false)
      expect(shown([error, health, bus.status(), messages])).not.toContain(secret)
      await bus.close()
    })

    it.concurrent("to a virtual host that isn't there is refused", async () => {
      const bus = createRabbitmqBus({ url: `${url}/nowhere`, topic: "nobody" })
      await expect(bus.publish(eventsOf(1, 1))).rejects.toMatchObject({
        code: "BUS_FAILED",
        message: expect.stringContaining("virtual host"),
      })
      await bus.close()
    })
  })

  describe("options", () => {
    const refused = (options: object) => {
      try {
        createRabbitmqBus({ url, ...options })
      } catch (error) {
        return error
      }
      return undefined
    }

    it.each([
      ["url", { url: "not a url with secret" }],
      ["url", { url: "http://user:secret@localhost" }],
      ["url", { url: "amqp://user:%E0%A4%Asecret@localhost" }],
      ["url", { url: [] }],
      ["tls", { tls: {} }],
      ["topic", { topic: "" }],
      ["topic", { topic: "a:b" }],
      ["topic", { topic: "a".repeat(101) }],
      ["partitions", { partitions: 0 }],
      ["partitions", { partitions: 257 }],
      ["heartbeatSeconds", { heartbeatSeconds: 0.5 }],
      ["connectTimeoutMs", { connectTimeoutMs: 0 }],
      ["publishTimeoutMs", { publishTimeoutMs: -1 }],
    ])("are refused with their path: %s", (path, options) => {
      const error = refused(options)
      expect(error).toMatchObject({ code: "INVALID_OPTION", path })
      expect(shown(error)).not.toContain("secret")
    })

    it("are taken without connecting anywhere", async () => {
      const bus = createRabbitmqBus({ url: "amqp://user:secret@unreachable.invalid/a%2Fb", partitions: 1 })
      expect(bus.name).toBe("rabbitmq")
      await bus.close()
    })
  })
})

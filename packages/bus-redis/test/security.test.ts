import assert from "node:assert/strict"
import { inspect } from "node:util"
import { createRedisBus, type RedisBusOptions } from "@annals/bus-redis"
import { usingSecureService, usingService } from "@annals/services"
import { Redis } from "ioredis"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { newTopic } from "./redis-subject.ts"

usingSecureService("redis", ({ url, limitedUrl, ca }) =>
  describe("a bus over TLS", () => {
    it.concurrent("works with the server's certificate authority, over all its connections", async () => {
      await worksOver({ url, tls: { ca }, topic: newTopic() }, new Redis(url, { tls: { ca } }))
    })

    it.concurrent("isn't made with a server that nobody vouches for", async () => {
      await using bus = createRedisBus({ url, topic: newTopic() })
      await assert.rejects(bus.publish(eventsNamed("a1")), { code: "BUS_UNAVAILABLE" })
    })

    it.concurrent("works for a user who may touch nothing but the topic, which is told what it may not", async () => {
      const topic = `limited-${newTopic()}`
      await worksOver({ url: limitedUrl, tls: { ca }, topic }, new Redis(url, { tls: { ca } }))
      await using other = createRedisBus({ url: limitedUrl, tls: { ca }, topic: newTopic() })
      await assert.rejects(other.publish(eventsNamed("a1")), { code: "BUS_FAILED", retryable: false })
    })

    it.concurrent("says that a login is refused, and never with what", async () => {
      const wrong = new URL(url)
      wrong.password = "s3cret-but-wrong"
      await using bus = createRedisBus({ url: wrong.href, tls: { ca }, topic: newTopic() })
      const error = await bus.publish(eventsNamed("a1")).then(
        () => assert.fail("it must not be let in"),
        (reason: unknown) => reason,
      )
      assert.match(String(error), /refuses the login/)
      assert.equal((error as { code?: string }).code, "BUS_FAILED")
      assert.doesNotMatch(inspect(error, { depth: 10, showHidden: true }), /s3cret/)
      assert.doesNotMatch((await bus.health()).problems.join(), /s3cret/)
    })
  }),
)

usingService("redis", (url) =>
  describe("a topic", () => {
    it("refuses who takes it for one with another number of partitions, and says both numbers", async () => {
      const topic = newTopic()
      await using eight = createRedisBus({ url, topic, partitions: 8 })
      await eight.publish(eventsNamed("a1"))
      await using four = createRedisBus({ url, topic, partitions: 4 })
      await assert.rejects(four.publish(eventsNamed("a1")), {
        code: "INVALID_OPTION",
        path: "partitions",
        expected: 4,
        actual: 8,
      })
      await remove(new Redis(url), topic)
    })
  }),
)

async function worksOver(options: RedisBusOptions & { readonly topic: string }, admin: Redis): Promise<void> {
  const bus = createRedisBus(options)
  const handled: string[] = []
  await bus.subscribe({ group: "g", handler: (event) => void handled.push(nameOf(event)) })
  await bus.subscribe({
    group: "h",
    order: "none",
    retry: { attempts: 2, delayMs: 1 },
    handler: () => Promise.reject(new Error("no")),
  })
  await bus.publish(eventsNamed("a1", "b1"))
  await until(async () => handled.length === 2 && (await bus.deadLetters("h").list()).length === 2)
  assert.equal((await bus.health()).healthy, true)
  await bus.close()
  await remove(admin, options.topic)
}

async function remove(admin: Redis, topic: string): Promise<void> {
  const keys = await admin.keys(`{${topic}*`)
  if (keys.length > 0) await admin.del(...keys)
  admin.disconnect()
}

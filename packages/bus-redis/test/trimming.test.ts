import assert from "node:assert/strict"
import { createRedisBus, type RedisBusOptions } from "@annals/bus-redis"
import { usingService } from "@annals/services"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { newTopic, removeTopic, singleServer } from "./redis-subject.ts"

/** Redis drops entries in blocks of so many, unless it has to take a block apart. */
const block = 100

usingService("redis", (url) =>
  describe("trimming", () => {
    it.concurrent("drops by number what all groups have acknowledged, and nothing that one hasn't", async () => {
      await using scene = await createScene(url, { maxLength: 10 })
      const { bus, length } = scene
      const seen: string[] = []
      await bus.subscribe({ group: "fast", handler: () => {} })
      const slow = await bus.subscribe({ group: "slow", handler: () => {} })
      await slow.stop()
      const events = eventsNamed(...Array.from({ length: 1_000 }, (_, index) => `a${index + 1}`))
      await bus.publish(events)
      await until(() =>
        bus.status().consumers.some(({ group, handled }) => group === "fast" && handled === 1_000),
      )
      await scene.untilTrimmed()
      assert.equal(await length(), 1_000, "one group hasn't read them")
      const again = await bus.subscribe({ group: "slow", handler: (event) => void seen.push(nameOf(event)) })
      await until(async () => seen.length === 1_000 && (await again.lag()) === 0)
      assert.deepEqual(seen, events.map(nameOf))
      await until(async () => (await length()) <= 10 + block)
      assert.ok((await length()) >= 10)
    })

    it.concurrent("keeps what is still being handled, and all behind it", async () => {
      await using scene = await createScene(url, { maxLength: 0 })
      const { bus, length } = scene
      const mayEnd = Promise.withResolvers<void>()
      const consumer = await bus.subscribe({
        group: "g",
        handler: async (event) => {
          if (nameOf(event) === "b1") await mayEnd.promise
        },
      })
      await bus.publish(eventsNamed(...numbered("a", 300), "b1", ...numbered("c", 300)))
      await until(async () => (await consumer.lag()) === 1)
      await until(async () => (await length()) <= 301 + block)
      await scene.untilTrimmed()
      assert.ok((await length()) >= 301)
      mayEnd.resolve()
      await until(async () => (await length()) <= block)
    })

    it.concurrent("drops by age, and nothing younger, also where no group ever was", async () => {
      await using young = await createScene(url, { maxAgeMs: 3_600_000 })
      await using old = await createScene(url, { maxAgeMs: 200 })
      for (const { bus } of [young, old]) await bus.publish(eventsNamed(...numbered("a", 50)))
      await until(async () => (await old.length()) === 0)
      await young.untilTrimmed()
      assert.equal(await young.length(), 50)
    })

    it.concurrent("says which group keeps more from being dropped than there may be, which can then be removed", async () => {
      const warnings: unknown[] = []
      const quiet = () => {}
      const logger = {
        debug: quiet,
        info: quiet,
        error: quiet,
        warn: (_: string, fields?: object) => warnings.push(fields),
      }
      await using scene = await createScene(url, { maxLength: 10, logger })
      const { bus, length, topic } = scene
      await (await bus.subscribe({ group: "forgotten", handler: () => {} })).stop()
      await bus.publish(eventsNamed(...numbered("a", 300)))
      await until(() => warnings.length > 0)
      assert.deepEqual(warnings, [{ topic, group: "forgotten" }])
      await bus.removeGroup("forgotten")
      await until(async () => (await length()) <= 10 + block)
    })
  }),
)

function numbered(stream: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${stream}${index + 1}`)
}

async function createScene(url: string, options: Partial<RedisBusOptions>) {
  const topic = newTopic()
  const connection = await singleServer(url).connect()
  const bus = createRedisBus({ url, topic, partitions: 1, trimIntervalMs: 20, ...options })
  const length = () => connection.client.xlen(`{${topic}:0}`)
  return {
    bus,
    topic,
    length,
    /** What another stream shows: it is trimmed in the same rounds. */
    async untilTrimmed() {
      const other = createRedisBus({
        url,
        topic: `${topic}-other`,
        partitions: 1,
        trimIntervalMs: 20,
        maxAgeMs: 0,
      })
      for (let round = 0; round < 3; round++) {
        await other.publish(eventsNamed("z1"))
        await until(async () => (await connection.client.xlen(`{${topic}-other:0}`)) === 0)
      }
      await other.close()
    },
    async [Symbol.asyncDispose]() {
      await bus.close()
      await removeTopic(connection, topic)
      await removeTopic(connection, `${topic}-other`)
      connection.close()
    },
  }
}

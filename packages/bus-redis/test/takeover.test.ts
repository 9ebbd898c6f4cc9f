import assert from "node:assert/strict"
import { createRedisBus } from "@annals/bus-redis"
import type { ConsumerContext, RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import { createTcpProxy } from "@annals/testing"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { newTopic, removeTopic, singleServer } from "./redis-subject.ts"

/** Of the one that hangs: soon over, and not before its time on a busy machine. */
const leaseMs = 1_500

usingService("redis", (url) =>
  describe("a consumer that hangs past its lease", () => {
    it.concurrent("is followed by another one, which goes on counting, and acknowledges nothing when it wakes up", async () => {
      await using scene = await createScene(url)
      const { proxy, topic, client } = scene
      const hanging = createRedisBus({ url: proxy.url, topic, leaseMs, partitions: 1 })
      const living = createRedisBus({ url, topic, partitions: 1 })
      scene.opened.push(hanging, living)
      const [first, second] = [blocker(), blocker()]
      const zombie = await hanging.subscribe({
        group: "g",
        retry: { attempts: 9, delayMs: 1 },
        handler: (event, context) => {
          if (context.attempt < 3) throw new Error("not yet")
          return first.handler(event, context)
        },
      })
      await living.publish(eventsNamed("a1", "a2"))
      await until(() => first.seen.length === 1)
      await until(async () => Number((await client.hvals(`{${topic}:0}:attempts:g`))[0]) === 2)
      proxy.stall()
      await living.subscribe({ group: "g", handler: second.handler })
      await until(() => second.seen.length === 1)
      assert.deepEqual([first.seen, second.seen], [["a1 3"], ["a1 3"]])
      await until(() => first.signals[0]?.aborted === true)
      first.release()
      proxy.flow()
      await until(() => zombie.status().state === "running")
      assert.equal(await zombie.lag(), 2)
      second.release()
      await until(async () => (await zombie.lag()) === 0)
      assert.deepEqual(second.seen, ["a1 3", "a2 1"])
      assert.equal(await client.exists(`{${topic}:0}:attempts:g`), 0)
    })

    it.concurrent('leaves what it had to the others of its group, with order "none", and its name goes', async () => {
      await using scene = await createScene(url)
      const { proxy, topic, client } = scene
      const hanging = createRedisBus({ url: proxy.url, topic, leaseMs, partitions: 1 })
      const living = createRedisBus({ url, topic, partitions: 1 })
      scene.opened.push(hanging, living)
      const [first, second] = [blocker(), blocker()]
      const zombie = await hanging.subscribe({
        group: "g",
        order: "none",
        maxInFlight: 1,
        handler: first.handler,
      })
      await living.publish(eventsNamed("a1", "a2", "b1"))
      await until(() => first.seen.length === 1)
      proxy.stall()
      await living.subscribe({ group: "g", order: "none", handler: second.handler })
      await until(() => second.seen.length === 3)
      assert.deepEqual(second.seen.toSorted(), ["a1 1", "a2 1", "b1 1"], "being claimed is no attempt")
      first.release()
      proxy.flow()
      await until(() => zombie.status().state === "running")
      assert.equal(await zombie.lag(), 3)
      second.release()
      await until(async () => (await zombie.lag()) === 0)
      assert.deepEqual(first.seen, ["a1 1"])
      await until(
        async () => ((await client.xinfo("CONSUMERS", `{${topic}:0}`, "g")) as unknown[]).length <= 2,
      )
    })
  }),
)

/** A handler that waits until it is released. */
function blocker() {
  const seen: string[] = []
  const signals: AbortSignal[] = []
  const released = Promise.withResolvers<void>()
  const handler = async (event: RecordedEvent, { attempt, signal }: ConsumerContext) => {
    seen.push(`${nameOf(event)} ${attempt}`)
    signals.push(signal)
    await released.promise
  }
  return { seen, signals, handler, release: released.resolve }
}

async function createScene(url: string) {
  const proxy = await createTcpProxy({ target: url })
  const connection = await singleServer(url).connect()
  const topic = newTopic()
  const opened: AsyncDisposable[] = []
  return {
    proxy,
    topic,
    client: connection.client,
    opened,
    async [Symbol.asyncDispose]() {
      for (const bus of opened) await bus[Symbol.asyncDispose]()
      await removeTopic(connection, topic)
      connection.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}

import assert from "node:assert/strict"
import { setTimeout as sleep } from "node:timers/promises"
import { createRedisBus } from "@annals/bus-redis"
import { isAnnalsError, type LogFields } from "@annals/core"
import { usingService } from "@annals/services"
import { Redis } from "ioredis"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { ownService } from "./own-services.ts"
import { newTopic, quickLeases } from "./redis-subject.ts"

// Whoever can't start a server here has none of the shared ones, either.
usingService("redis", () => {
  describe("a server that fails", () => {
    const own = ownService("redis")

    it("is waited for a little while by who publishes, and found again by who consumes", async () => {
      await using bus = createRedisBus({ ...quickLeases, url: own.url, topic: newTopic() })
      const handled: string[] = []
      const consumer = await bus.subscribe({
        group: "g",
        handler: (event) => void handled.push(nameOf(event)),
      })
      await bus.publish(eventsNamed("a1", "b1"))
      await until(async () => handled.length === 2 && (await consumer.lag()) === 0)
      await own.services.killService("redis")
      await assert.rejects(bus.publish(eventsNamed("a2")), { code: "BUS_UNAVAILABLE", retryable: true })
      await until(() => consumer.status().state === "disconnected")
      assert.equal((await bus.health()).healthy, false)
      await own.services.restartService("redis")
      await until(() => consumer.status().state === "running")
      await publishAgain(() => bus.publish(eventsNamed("a2")))
      await until(() => handled.includes("a2"))
      assert.deepEqual(handled.toSorted(), ["a1", "a2", "b1"])
      await using first = createRedisBus({ url: own.url, topic: newTopic() })
      assert.equal((await first.health()).healthy, true)
    })

    it("can be stopped and left while it is away", async () => {
      const bus = createRedisBus({ ...quickLeases, url: own.url, topic: newTopic() })
      await bus.subscribe({ group: "g", handler: () => {} })
      await own.services.killService("redis")
      await bus.close()
      await using late = createRedisBus({ url: own.url, topic: newTopic() })
      await assert.rejects(late.publish(eventsNamed("a1")), { code: "BUS_UNAVAILABLE", retryable: true })
      await own.services.restartService("redis")
      await late.publish(eventsNamed("a1"))
    })

    it("that has lost everything gets its groups again, from its beginning, and says so", async () => {
      const warnings: string[] = []
      const options = { ...quickLeases, url: own.url, topic: newTopic(), logger: loggerTo(warnings) }
      await using bus = createRedisBus(options)
      const handled: string[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(nameOf(event)) })
      await bus.subscribe({ group: "h", order: "none", handler: (event) => void handled.push(nameOf(event)) })
      const admin = new Redis(own.url)
      await admin.flushall()
      await bus.publish(eventsNamed("a1", "b1"))
      await until(() => handled.length === 4)
      assert.deepEqual(handled.toSorted(), ["a1", "a1", "b1", "b1"])
      assert.ok(warnings.some((message) => /lost a consumer group/.test(message)))
      await bus.publish(eventsNamed("a2"))
      await until(() => handled.length === 6)
      await using other = createRedisBus({ ...options, partitions: 3 })
      await assert.rejects(other.publish(eventsNamed("a3")), { code: "INVALID_OPTION", path: "partitions" })
      admin.disconnect()
    })

    it("that is short of memory, or of replicas, refuses in words of the bus's own, and nothing gets in before its turn", async () => {
      await using bus = createRedisBus({ ...quickLeases, url: own.url, topic: newTopic() })
      const handled: string[] = []
      await bus.subscribe({ group: "g", handler: (event) => void handled.push(nameOf(event)) })
      const admin = new Redis(own.url)
      await admin.config("SET", "maxmemory", "1")
      const calls = await Promise.allSettled([bus.publish(eventsNamed("a1")), bus.publish(eventsNamed("a2"))])
      await admin.config("SET", "maxmemory", "0")
      for (const call of calls) {
        assert.ok(call.status === "rejected" && isAnnalsError(call.reason, "BUS_FAILED"), inspectCall(call))
        assert.match(call.reason.message, /maxmemory/)
        assert.equal(call.reason.retryable, true)
      }
      await admin.config("SET", "min-replicas-to-write", "1")
      await assert.rejects(bus.publish(eventsNamed("a1")), { code: "BUS_UNAVAILABLE", retryable: true })
      await admin.config("SET", "min-replicas-to-write", "0")
      await bus.publish(eventsNamed("a1", "a2"))
      await until(() => handled.length === 2)
      assert.deepEqual(handled, ["a1", "a2"])
      admin.disconnect()
    })

    it("that is short of memory still lets consumers begin, go on, retry and put aside", async () => {
      const options = { ...quickLeases, leaseMs: 400, url: own.url, topic: newTopic() }
      await using publisher = createRedisBus(options)
      await (await publisher.subscribe({ group: "g", handler: () => {} })).stop()
      await (await publisher.subscribe({ group: "h", order: "none", handler: () => {} })).stop()
      const events = eventsNamed(...Array.from({ length: 100 }, (_, index) => `a${index + 1}`))
      await publisher.publish(events)
      const admin = new Redis(own.url)
      await admin.config("SET", "maxmemory", "1")
      await using bus = createRedisBus(options)
      const handled: string[] = []
      const inOrder = await bus.subscribe({
        group: "g",
        retry: { attempts: 3, delayMs: 1 },
        handler: async (event, { attempt }) => {
          if (attempt === 1) throw new Error("not yet")
          await sleep(5)
          handled.push(nameOf(event))
        },
      })
      const failing = () => Promise.reject(new Error("no"))
      const unordered = await bus.subscribe({
        group: "h",
        order: "none",
        retry: { attempts: 2, delayMs: 1 },
        handler: failing,
      })
      await until(async () => (await inOrder.lag()) === 0 && (await unordered.lag()) === 0)
      assert.deepEqual([...new Set(handled)], events.map(nameOf))
      assert.ok(unordered.status().parked >= 100)
      await admin.config("SET", "maxmemory", "0")
      admin.disconnect()
    })

    it("that may lose what it has acknowledged is named in the log", async () => {
      const admin = new Redis(own.url)
      const warnings: string[] = []
      const open = async () => {
        await using bus = createRedisBus({ url: own.url, topic: newTopic(), logger: loggerTo(warnings) })
        await bus.publish(eventsNamed("a1"))
      }
      await open()
      assert.deepEqual(warnings, [])
      await admin.config("SET", "appendonly", "no")
      await admin.config("SET", "maxmemory", "1gb")
      await admin.config("SET", "maxmemory-policy", "allkeys-lru")
      await open()
      assert.equal(warnings.length, 2)
      assert.match(warnings.join(), /append-only.*evict/s)
      admin.disconnect()
    })
  })
})

async function publishAgain(publish: () => Promise<void>): Promise<void> {
  await until(async () => {
    try {
      await publish()
      return true
    } catch {
      return false
    }
  })
}

function loggerTo(warnings: string[]) {
  const quiet = () => {}
  const warn = (message: string, _fields?: LogFields) => void warnings.push(message)
  return { debug: quiet, info: quiet, error: quiet, warn }
}

function inspectCall(call: PromiseSettledResult<void>): string {
  return call.status === "rejected" ? String(call.reason) : "it was accepted"
}

import assert from "node:assert/strict"
import { createRedisBus } from "@annals/bus-redis"
import { usingService } from "@annals/services"
import { Redis } from "ioredis"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { ownService } from "./own-services.ts"
import { newTopic, quickLeases } from "./redis-subject.ts"

usingService("redis-sentinel", () => {
  describe("a server that sentinels watch over", () => {
    const own = ownService("redis-sentinel")

    it("is found by them, and followed when another one takes its place", async () => {
      const { hostname: host, port, password, pathname } = new URL(own.url)
      const nodes = [{ host, port: Number(port) }]
      const sentinel = { nodes, name: pathname.slice(1), password }
      await using bus = createRedisBus({ ...quickLeases, sentinel, password, topic: newTopic() })
      const handled: string[] = []
      const consumer = await bus.subscribe({
        group: "g",
        handler: (event) => void handled.push(nameOf(event)),
      })
      await bus.publish(eventsNamed("a1", "b1"))
      await until(async () => handled.length === 2 && (await consumer.lag()) === 0)
      const watcher = new Redis({ host, port: Number(port), password })
      const before = await addressOf(watcher, sentinel.name)
      await until(() =>
        watcher.call("SENTINEL", "FAILOVER", sentinel.name).then(
          () => true,
          () => false,
        ),
      )
      await until(async () => (await addressOf(watcher, sentinel.name)) !== before)
      await until(() =>
        bus.publish(eventsNamed("a2")).then(
          () => true,
          () => false,
        ),
      )
      await until(() => handled.includes("a2"))
      assert.deepEqual([...new Set(handled)].toSorted(), ["a1", "a2", "b1"])
      watcher.disconnect()
    })
  })
})

async function addressOf(watcher: Redis, name: string): Promise<string> {
  return String(await watcher.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name))
}

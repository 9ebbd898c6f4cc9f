import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { BusConsumer, EventBus } from "@annals/core"
import { createServices, usingService } from "@annals/services"
import { it } from "vitest"
import { createTopic, succeeds, until } from "./create-topic.ts"
import { eventsOf, numberOf } from "./events.ts"

const count = 20

usingService("rabbitmq", () => {
  it("a broker that is killed loses nothing of groups that it was told of a moment ago, and goes on with them", async () => {
    await using broker = await startBroker()
    await using topic = createTopic(broker.url, { partitions: 2 })
    const bus = topic.open()
    await bus.publish(eventsOf(1, 1)) // connected
    const groups = [await consume(bus, "stream"), await consume(bus, "none")]
    await bus.publish(eventsOf(count, count))
    await broker.kill()
    await until(() => groups.every(({ consumer }) => consumer.status().state === "disconnected"))
    await broker.restart()
    for (const { handled } of groups) await until(() => handled.size === count)
    const next = eventsOf(count, count * 2).slice(count)
    await until(() => succeeds(bus.publish(next)))
    for (const { handled } of groups) await until(() => handled.size === count * 2)
    for (const { consumer } of groups) await consumer.stop()
  })
})

/** Whatever it gets fails at first, so that it is retried. */
async function consume(
  bus: EventBus,
  order: "stream" | "none",
): Promise<{ readonly consumer: BusConsumer; readonly handled: ReadonlySet<number> }> {
  const handled = new Set<number>()
  const failed = new Set<string>()
  const consumer = await bus.subscribe({
    group: order,
    order,
    retry: { attempts: 10, delayMs: 100, maxDelayMs: 100 },
    handler(event) {
      if (failed.has(event.id)) return void handled.add(numberOf(event))
      failed.add(event.id)
      throw new Error("not yet")
    },
  })
  return { consumer, handled }
}

/** One that nobody else uses. */
async function startBroker() {
  const folder = await mkdtemp(join(tmpdir(), "annals-bus-rabbitmq-"))
  const services = createServices({ folder, environment: {} })
  await services.startServices(["rabbitmq"])
  return {
    url: services.serviceUrl("rabbitmq") as string,
    kill: () => services.killService("rabbitmq"),
    restart: () => services.restartService("rabbitmq"),
    async [Symbol.asyncDispose]() {
      await services.removeServices()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

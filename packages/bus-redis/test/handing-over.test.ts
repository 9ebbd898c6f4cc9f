import { createRedisBus } from "@annals/bus-redis"
import type { RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import { createTcpProxy } from "@annals/testing"
import { describe, it } from "vitest"
import { eventsNamed, nameOf, until } from "./events.ts"
import { newTopic, removeTopic, singleServer } from "./redis-subject.ts"

/** Longer than the server is away: what is lost with a lease that has run out is another matter. */
const leaseMs = 3_000

usingService("redis", (url) =>
  describe("a partition that is handed over", () => {
    it("is consumed by somebody also when the server was away in that moment", async () => {
      const topic = newTopic()
      const server = await singleServer(url).connect()
      await using proxy = await createTcpProxy({ target: url })
      await using giving = createRedisBus({ url: proxy.url, topic, partitions: 2, leaseMs })
      await using taking = createRedisBus({ url, topic, partitions: 2, leaseMs })
      const handled = new Set<string>()
      const signals: AbortSignal[] = []
      const released = Promise.withResolvers<void>()
      const blocking = async (event: RecordedEvent, signal: AbortSignal) => {
        signals.push(signal)
        await released.promise
        handled.add(nameOf(event))
      }
      const giver = await giving.subscribe({
        group: "g",
        handler: (event, { signal }) => blocking(event, signal),
      })
      const streams = Array.from("abcdefgh")
      await taking.publish(eventsNamed(...streams.map((stream) => `${stream}1`)))
      await until(() => signals.length === streams.length)
      await taking.subscribe({ group: "g", handler: (event) => void handled.add(nameOf(event)) })
      await until(() => signals.some((signal) => signal.aborted))
      await proxy.refuse()
      proxy.cut()
      await until(() => giver.status().state === "disconnected")
      released.resolve()
      await until(() => giver.status().inFlight === 0)
      await proxy.accept()
      await until(() => giver.status().state === "running")
      await taking.publish(eventsNamed(...streams.map((stream) => `${stream}2`)))
      await until(() => handled.size === 2 * streams.length)
      await until(async () => (await giver.lag()) === 0)
      await giving.close()
      await taking.close()
      await removeTopic(server, topic)
      server.close()
    })
  }),
)

import type { BusConsumer, RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject, until } from "./create-subject.ts"
import { eventsOf, numberOf } from "./events.ts"

usingService("kafka", (url) => {
  describe.for(clients)("brokers that are away, by $name", (client) => {
    it.concurrent.each(["stream", "none"] as const)(
      "are waited for, by consumers of order %s as well, and told of meanwhile",
      async (order) => {
        await using subject = await createSubject(url, client, { retryForMs: 1_500 })
        const { bus, network } = subject
        const handled = new Set<number>()
        const handler = (event: RecordedEvent) => void handled.add(numberOf(event))
        const consumer = await bus.subscribe({ group: "g", order, handler })
        const events = eventsOf(5, 20)
        // A broker that hands out numbers of producers by the thousand has none for a moment now and then.
        await until(() => isPublished(bus.publish(events.slice(0, 10))))
        await until(() => handled.size === 10)
        network.refuse()
        await until(() => consumer.status().state === "disconnected")
        const error = await bus.publish(events.slice(10)).catch((reason) => reason)
        expect(error).toMatchObject({ code: "BUS_UNAVAILABLE", retryable: true })
        await expect(consumer.lag()).rejects.toMatchObject({ code: "BUS_UNAVAILABLE" })
        await expect(bus.subscribe({ group: "h", handler })).rejects.toMatchObject({
          code: "BUS_UNAVAILABLE",
        })
        expect((await bus.health()).healthy).toBe(false)
        await (await subject.secondHandle()).publish(events.slice(10, 15))
        network.accept()
        await until(() => consumer.status().state === "running")
        await until(() => isPublished(bus.publish(events.slice(15))))
        await until(() => handled.size === 20)
        await until(async () => (await consumer.lag()) === 0 && (await bus.health()).healthy)
      },
    )

    it.concurrent("are asked again by whatever had found them before", async () => {
      await using subject = await createSubject(url, client, { retryForMs: 0, retryPartitions: 1 })
      const { bus, network } = subject
      const other = await subject.secondHandle()
      await until(() => isPublished(other.publish(eventsOf(1, 1))))
      const consumer = await bus.subscribe({ group: "g", order: "none", handler: () => {} })
      const work: Readonly<Record<string, () => Promise<unknown>>> = {
        publishing: () => bus.publish(eventsOf(1, 1)),
        lag: () => consumer.lag(),
        listing: () => consumer.deadLetters.list(),
        replaying: () => consumer.deadLetters.replay(),
      }
      for (const run of Object.values(work)) await run()
      for (const run of Object.values(work)) {
        network.refuse()
        await expect(run()).rejects.toMatchObject({ code: "BUS_UNAVAILABLE" })
        network.accept()
        await run()
      }
    })

    it.concurrent("lose their members' partitions to others when their session is over", async () => {
      await using subject = await createSubject(url, client, { sessionTimeoutMs: 1_000, partitions: 1 })
      const [begun, mayEnd] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<void>()]
      const lost = await subject.bus.subscribe({
        group: "g",
        handler: async (_event, { signal }) => {
          begun.resolve(signal)
          await mayEnd.promise
        },
      })
      await subject.bus.publish(eventsOf(1, 1))
      const signal = await begun.promise
      subject.network.refuse()
      await until(() => signal.aborted)
      const taken: number[] = []
      const other = await subject.secondHandle({ partitions: 1 })
      await other.subscribe({ group: "g", handler: (event) => void taken.push(numberOf(event)) })
      await until(() => taken.length === 1)
      subject.network.accept()
      await until(() => lost.status().state === "running")
      mayEnd.resolve()
      await lost.stop()
      expect(taken).toEqual([0])
    })

    it.concurrent("count as away when they don't answer in time", async () => {
      const timeouts = { requestTimeoutMs: 1_000, connectTimeoutMs: 1_000, retryForMs: 500 }
      await using subject = await createSubject(url, client, timeouts)
      const { bus, network } = subject
      await until(() => isPublished(bus.publish(eventsOf(1, 1))))
      // Joining may take much longer than anything else, and may be tried again.
      let joined: BusConsumer | undefined
      await until(async () => {
        joined = await bus.subscribe({ group: "g", handler: () => {} }).catch(() => undefined)
        return joined !== undefined
      })
      const consumer = joined as BusConsumer
      network.stall()
      const beats = network.requests("heartbeat")
      await until(() => network.requests("heartbeat") > beats + 2)
      expect(consumer.status().state).toBe("disconnected")
      await expect(bus.publish(eventsOf(1, 1))).rejects.toMatchObject({ code: "BUS_UNAVAILABLE" })
      network.flow()
      await until(() => isPublished(bus.publish(eventsOf(1, 1))))
      await until(() => consumer.status().state === "running")
    })

    it.concurrent("don't keep a bus from closing", async () => {
      await using subject = await createSubject(url, client)
      await subject.bus.subscribe({ group: "g", handler: () => {} })
      subject.network.refuse()
      await subject.bus.close()
    })

    it.concurrent("don't keep a bus from closing, either, when they don't answer", async () => {
      await using subject = await createSubject(url, client, { requestTimeoutMs: 1_000 })
      await subject.bus.subscribe({ group: "g", handler: () => {} })
      subject.network.stall()
      await subject.bus.close()
    })

    it.concurrent("never get a later event before an earlier one whose sending failed", async () => {
      await using subject = await createSubject(url, client, { retryForMs: 200 })
      const { bus, network } = subject
      const events = eventsOf(1, 60)
      await until(() => isPublished(bus.publish(events.slice(0, 1))))
      const sent = events.slice(1).map((event) => isPublished(bus.publish([event])))
      network.refuse()
      const outcomes = [true, ...(await Promise.all(sent))]
      const firstFailure = outcomes.indexOf(false)
      expect(firstFailure).toBeGreaterThan(0)
      expect(outcomes.slice(firstFailure)).not.toContain(true)
      network.accept()
      await until(() => isPublished(bus.publish(events.slice(firstFailure))))
      const handled = new Set<number>()
      const handler = (event: RecordedEvent) => void handled.add(numberOf(event))
      await bus.subscribe({ group: "g", from: "earliest", handler })
      await until(() => handled.size === 60)
      expect([...handled]).toEqual(events.map(numberOf))
    })

    // By itself: others' warnings would count.
    it("make no process warn, however many ask for them", async () => {
      const warnings: string[] = []
      const note = ({ message }: Error) => void warnings.push(message)
      process.on("warning", note)
      await using subject = await createSubject(url, client, { retryForMs: 0 })
      const { bus, network } = subject
      await bus.subscribe({ group: "g", order: "none", retry: { attempts: 1 }, handler: () => failing() })
      await (await subject.secondHandle()).publish(eventsOf(1, 1))
      const letters = bus.deadLetters("g")
      await until(async () => (await letters.list()).length === 1)
      network.refuse()
      const asked = await Promise.allSettled(Array.from({ length: 40 }, () => letters.list()))
      expect(asked.every(({ status }) => status === "rejected")).toBe(true)
      network.accept()
      await until(async () => (await bus.health()).healthy)
      process.off("warning", note)
      expect(warnings).toEqual([])
    })
  })
})

async function isPublished(publishing: Promise<void>): Promise<boolean> {
  try {
    await publishing
    return true
  } catch {
    return false
  }
}

function failing(): never {
  throw new Error("never")
}

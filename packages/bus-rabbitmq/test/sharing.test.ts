import type { BusConsumer, EventBus } from "@annals/core"
import { usingService } from "@annals/services"
import { createTcpProxy } from "@annals/testing"
import { describe, expect, it } from "vitest"
import { createTopic, type Topic, until } from "./create-topic.ts"
import { eventPerPartition, eventsOf, numberOf } from "./events.ts"

const partitions = 8

usingService("rabbitmq", (url) => {
  describe("partitions", () => {
    it.concurrent.each([2, 3, 5])(
      "are shared evenly among %i consumers, also where nothing was published before",
      async (members) => {
        await using topic = createTopic(url, { partitions })
        const group = watchOwners(topic)
        for (let index = 0; index < members; index++) await group.join(`${index}`)
        await until(async () => isEven(await group.owners(), members))
      },
    )

    it.concurrent("are shared evenly again when a consumer is gone without a word", async () => {
      await using topic = createTopic(url, { partitions })
      await using proxy = await createTcpProxy({ target: url })
      const group = watchOwners(topic)
      await group.join("lost", proxy.url)
      await group.join("first")
      await group.join("second")
      await until(async () => isEven(await group.owners(), 3))
      await proxy.refuse()
      proxy.cut()
      await until(async () => isEven(await group.owners(), 2))
      await proxy.accept()
      await until(async () => isEven(await group.owners(), 3))
    })

    it.concurrent("are taken over at once when a consumer stops, with all that it hadn't begun", async () => {
      await using topic = createTopic(url, { partitions })
      const [first, second] = [topic.open(), topic.open()]
      const handled: number[] = []
      const begun = Promise.withResolvers<void>()
      const blocked = await first.subscribe({
        group: "g",
        maxInFlight: 1,
        handler: (_event, { signal }) => {
          begun.resolve()
          return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
        },
      })
      await first.publish(eventsOf(20, 100))
      await begun.promise
      await blocked.stop()
      await second.subscribe({ group: "g", handler: (event) => void handled.push(numberOf(event)) })
      await until(() => handled.length >= 100)
      expect(handled.toSorted((a, b) => a - b)).toEqual(eventsOf(20, 100).map(numberOf))
    })

    it.concurrent("keep the order of each stream, and lose nothing, while consumers come and go", async () => {
      await using topic = createTopic(url, { partitions })
      const streams = new Map<string, number[]>()
      const count = 1_500
      const handler = async (event: Parameters<typeof numberOf>[0]) => {
        await new Promise(setImmediate)
        streams.set(event.stream.id, [...(streams.get(event.stream.id) ?? []), numberOf(event)])
      }
      const events = eventsOf(30, count)
      const buses = [topic.open(), topic.open(), topic.open()] as [EventBus, EventBus, EventBus]
      // Whatever each of them is set to.
      const prefetches = [1_000, 3, 300, 0, 1_000, 10, 0, 500]
      const join = (bus: EventBus) =>
        bus.subscribe({ group: "g", handler, maxInFlight: 20, prefetch: prefetches.shift() ?? 0 })
      const running: BusConsumer[] = [await join(buses[0])]
      for (let from = 0; from < count; from += 100) {
        await buses[0].publish(events.slice(from, from + 100))
        if (running.length === 3) await running.shift()?.stop()
        running.push(await join(buses[(from / 100) % 3] as EventBus))
      }
      await until(
        () => [...streams.values()].every((seen) => new Set(seen).size === count / 30) && streams.size === 30,
      )
      // A consumer that leaves waits for its handlers, so nothing is handled twice either.
      for (const seen of streams.values()) expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    })
  })
})

/** Finds out which consumer has which partition, by an event for each. */
function watchOwners(topic: Topic) {
  const publisher = topic.open()
  const owners = new Map<string, string>()
  let round = 0
  return {
    async join(name: string, url?: string) {
      const bus = topic.open(url === undefined ? {} : { url })
      const handler = (event: { readonly id: string }) => void owners.set(event.id, name)
      await bus.subscribe({ group: "g", handler })
    },
    async owners(): Promise<readonly string[]> {
      const events = eventPerPartition(partitions, `round-${round++}`)
      await publisher.publish(events)
      await until(() => events.every(({ id }) => owners.has(id)))
      return events.map(({ id }) => owners.get(id) as string)
    },
  }
}

function isEven(owners: readonly string[], members: number): boolean {
  const counts = Map.groupBy(owners, (owner) => owner)
  const sizes = [...counts.values()].map(({ length }) => length)
  return counts.size === members && Math.max(...sizes) - Math.min(...sizes) <= 1
}

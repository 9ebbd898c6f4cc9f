import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject, until } from "./create-subject.ts"
import { eventPerPartition, eventsOf, numberOf } from "./events.ts"

usingService("kafka", (url) => {
  describe.for(clients)("a group's partitions, by $name", (client) => {
    it.concurrent("are shared out anew only when what runs has ended, and is committed", async () => {
      await using subject = await createSubject(url, client)
      const { bus } = subject
      const [begun, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const handled: string[] = []
      let running = 0
      const first = await bus.subscribe({
        group: "g",
        handler: async (event) => {
          running++
          if (running === 4) begun.resolve()
          await mayEnd.promise
          handled.push(`first ${numberOf(event)}`)
        },
      })
      await bus.publish(eventPerPartition(4, "a"))
      await begun.promise
      const other = await subject.secondHandle()
      const joining = other.subscribe({
        group: "g",
        handler: (event) => void handled.push(`second ${numberOf(event)}`),
      })
      await bus.publish(eventPerPartition(4, "b"))
      mayEnd.resolve()
      const second = await joining
      await until(() => handled.length === 8)
      expect(handled.slice(0, 4).toSorted()).toEqual(["first 0", "first 1", "first 2", "first 3"])
      const later = handled.slice(4).map((each) => each.split(" ")[1])
      expect(later.toSorted()).toEqual(["0", "1", "2", "3"])
      await until(async () => (await first.lag()) === 0)
      expect(first.status().handled + second.status().handled).toBe(8)
    })

    it.concurrent("pass on when a handler takes too long, whose end doesn't count any more", async () => {
      await using subject = await createSubject(url, client, {
        finishTimeoutMs: 200,
        sessionTimeoutMs: 6_000,
      })
      const { bus, connection, topic } = subject
      const begun = Promise.withResolvers<AbortSignal>()
      const mayEnd = Promise.withResolvers<void>()
      const slow = await bus.subscribe({
        group: "g",
        handler: async (_event, { signal }) => {
          begun.resolve(signal)
          await mayEnd.promise
        },
      })
      const events = eventPerPartition(4, "a")
      await bus.publish(events)
      const signal = await begun.promise
      const other = await subject.secondHandle()
      const failing = new Set<number>()
      const attempts: number[] = []
      await other.subscribe({
        group: "g",
        retry: { attempts: 1_000, delayMs: 10, maxDelayMs: 10 },
        handler: (event) => {
          attempts.push(numberOf(event))
          failing.add(numberOf(event))
          throw new Error("not here")
        },
      })
      await until(() => signal.aborted && failing.size === 2)
      mayEnd.resolve()
      await slow.stop()
      await until(() => failing.size === 4)
      const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
      const committed = await connection.committed(`${topic}.g`, partitions)
      expect(committed.map(({ offset }) => offset)).toEqual([0, 0, 0, 0])
    })

    it.concurrent("are never committed past a failure", async () => {
      await using subject = await createSubject(url, client, { partitions: 1 })
      const { bus, connection, topic } = subject
      const handled: number[] = []
      const consumer = await bus.subscribe({
        group: "g",
        retry: { attempts: 1_000, delayMs: 5, maxDelayMs: 5 },
        handler: (event) => {
          if (numberOf(event) === 3) throw new Error("not yet")
          handled.push(numberOf(event))
        },
      })
      await bus.publish(eventsOf(10, 10))
      await until(() => handled.length === 9)
      const committed = async () =>
        (await connection.committed(`${topic}.g`, [{ topic, partition: 0 }]))[0]?.offset
      await until(async () => (await committed()) === 3)
      await consumer.stop()
      expect(await committed()).toBe(3)
      const again: number[] = []
      await bus.subscribe({ group: "g", handler: (event) => void again.push(numberOf(event)) })
      await until(() => again.length === 7)
      expect(again).toEqual([3, 4, 5, 6, 7, 8, 9])
    })

    it.concurrent("begin where the group began, also for what was published before its first commit", async () => {
      await using subject = await createSubject(url, client)
      const { bus, connection, topic } = subject
      await bus.publish(eventPerPartition(4, "before"))
      const consumer = await bus.subscribe({ group: "g", handler: () => {} })
      await consumer.stop()
      const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
      const offsets = (await connection.committed(`${topic}.g`, partitions)).map(({ offset }) => offset)
      expect(offsets).toEqual([1, 1, 1, 1])
      await bus.publish(eventPerPartition(4, "after"))
      const handled: string[] = []
      await bus.subscribe({ group: "g", handler: ({ stream }) => void handled.push(stream.id) })
      await until(() => handled.length === 4)
      expect(handled.every((id) => id.startsWith("after"))).toBe(true)
      const all: string[] = []
      await bus.subscribe({
        group: "all",
        from: "earliest",
        handler: ({ stream }) => void all.push(stream.id),
      })
      await until(() => all.length === 8)
    })

    it.concurrent("are shared by consumers of both clients", async () => {
      await using subject = await createSubject(url, client)
      const counts = [0, 0]
      for (const [index, each] of clients.entries()) {
        const bus = await subject.secondHandle({ client: each })
        await bus.subscribe({
          group: "g",
          handler: () => {
            counts[index] = (counts[index] ?? 0) + 1
          },
        })
      }
      await subject.bus.publish(eventPerPartition(4, "a"))
      await until(() => counts[0] === 2 && counts[1] === 2)
    })

    it.concurrent("are kept while a handler takes longer than a session", async () => {
      // Not so short that a busy machine misses it.
      await using subject = await createSubject(url, client, { sessionTimeoutMs: 3_000 })
      const { bus, connection, topic, network } = subject
      const [begun, mayEnd] = [Promise.withResolvers<AbortSignal>(), Promise.withResolvers<void>()]
      await bus.subscribe({
        group: "g",
        maxInFlight: 1,
        prefetch: 0,
        handler: async (_event, { signal }) => {
          begun.resolve(signal)
          await mayEnd.promise
        },
      })
      await bus.publish(eventsOf(10, 40))
      const signal = await begun.promise
      // At most twenty a second: longer than a session.
      const enough = network.requests("heartbeat") + 80
      await until(() => network.requests("heartbeat") >= enough)
      expect(signal.aborted).toBe(false)
      mayEnd.resolve()
      const partitions = [0, 1, 2, 3].map((partition) => ({ topic, partition }))
      await until(async () => {
        const committed = await connection.committed(`${topic}.g`, partitions)
        return committed.reduce((sum, { offset }) => sum + offset, 0) === 40
      })
    })
  })
})

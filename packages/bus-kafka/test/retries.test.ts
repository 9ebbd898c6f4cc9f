import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject, until } from "./create-subject.ts"
import { eventsOf, numberOf } from "./events.ts"

usingService("kafka", (url) => {
  describe.for(clients)("retries, by $name", (client) => {
    it.concurrent("wait in topics of their group, and hold up neither others nor shorter ones", async () => {
      await using subject = await createSubject(url, client)
      const { bus, connection, topic } = subject
      const attempts: string[] = []
      const consumer = await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 4, delayMs: 1, maxDelayMs: 3_600_000 },
        handler: (event, { attempt }) => {
          attempts.push(`${numberOf(event)} ${attempt}`)
          if (numberOf(event) === 0 && attempt < 3) throw new Error("not yet")
        },
      })
      await bus.subscribe({ group: "other", order: "none", handler: () => {} })
      await bus.publish(eventsOf(3, 3))
      await until(() => attempts.includes("0 3"))
      expect(attempts.toSorted()).toEqual(["0 1", "0 2", "0 3", "1 1", "2 1"])
      await until(async () => (await consumer.lag()) === 0)
      const names = await connection.topicNames()
      const ofOther = names.filter((name) => name.startsWith(`${topic}.other.`))
      for (const name of ofOther) {
        const [leader] = (await connection.leaders(name)) as readonly number[]
        const [end] = await connection.offsets(leader as number, [{ topic: name, partition: 0 }], "end")
        expect(end?.offset).toBe(0)
      }
    })

    it.concurrent("end among the dead letters, however much an error says", async () => {
      await using subject = await createSubject(url, client)
      const { bus } = subject
      const handler = () => {
        throw new Error("x".repeat(1_500_000))
      }
      const consumer = await bus.subscribe({ group: "g", order: "none", retry: { attempts: 1 }, handler })
      await bus.publish(eventsOf(1, 1))
      await until(async () => (await consumer.deadLetters.list()).length === 1)
      expect((await consumer.deadLetters.list())[0]?.message).toMatch(/^x{8192}$/)
    })

    it.concurrent("of former settings are still handled, by whoever comes after them", async () => {
      await using subject = await createSubject(url, client)
      const { bus } = subject
      const failed = Promise.withResolvers<void>()
      const first = await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 2, delayMs: 700, maxDelayMs: 700 },
        handler: () => {
          failed.resolve()
          throw new Error("not here")
        },
      })
      await bus.publish(eventsOf(1, 1))
      await failed.promise
      await first.stop()
      const attempts: number[] = []
      await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 9, delayMs: 1, maxDelayMs: 1 },
        handler: (_event, { attempt }) => void attempts.push(attempt),
      })
      await until(() => attempts.length === 1)
      expect(attempts[0]).toBeLessThanOrEqual(2)
    })

    it.concurrent("pass their offset only when the brokers have them", async () => {
      await using subject = await createSubject(url, client, { retryForMs: 1_000, partitions: 1 })
      const { bus, network, connection, topic } = subject
      const attempts: number[] = []
      let isBroken = true
      await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 1_000, delayMs: 1, maxDelayMs: 1 },
        handler: (_event, { attempt }) => {
          attempts.push(attempt)
          if (attempts.length === 1) network.refuse()
          if (isBroken) throw new Error("not yet")
        },
      })
      await (await subject.secondHandle({ partitions: 1 })).publish(eventsOf(1, 1))
      await until(() => attempts.length >= 1)
      const [committed] = await connection.committed(`${topic}.g`, [{ topic, partition: 0 }])
      expect(committed?.offset).toBe(0)
      isBroken = false
      network.accept()
      await until(() => attempts.length >= 2)
      await until(async () => {
        const [later] = await connection.committed(`${topic}.g`, [{ topic, partition: 0 }])
        return later?.offset === 1
      })
    })

    it.concurrent("and dead letters of many events are listed oldest first, across processes", async () => {
      await using subject = await createSubject(url, client)
      const { bus } = subject
      let isBroken = true
      const handled: number[] = []
      await bus.subscribe({
        group: "g",
        order: "none",
        retry: { attempts: 1 },
        handler: (event) => {
          if (isBroken) throw new Error("never")
          handled.push(numberOf(event))
        },
      })
      const events = eventsOf(300, 300)
      await bus.publish(events)
      const letters = (await subject.secondHandle()).deadLetters("g")
      await until(async () => (await letters.list({ limit: 1_000 })).length === 300)
      const [first, second] = await letters.list({ limit: 2 })
      expect(await letters.discard([first?.event.id as string])).toBe(1)
      expect((await letters.list({ limit: 1 }))[0]?.event.id).toBe(second?.event.id)
      isBroken = false
      expect(await letters.replay()).toBe(299)
      await until(() => handled.length === 299)
      expect(await letters.list()).toEqual([])
    })
  })
})

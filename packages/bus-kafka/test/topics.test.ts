import { createKafkaBus, type KafkaBusOptions } from "@annals/bus-kafka"
import type { RecordedEvent } from "@annals/core"
import { usingService } from "@annals/services"
import { describe, expect, it } from "vitest"
import { clients } from "./clients.ts"
import { createSubject, until } from "./create-subject.ts"
import { eventPerPartition, eventsOf, numberOf } from "./events.ts"

describe("options", () => {
  it.each<[string, Partial<KafkaBusOptions>]>([
    ["brokers", { brokers: [] }],
    ["brokers[0]", { brokers: ["kafka://user:secret@host:9092"] }],
    ["topic", { topic: "with spaces" }],
    ["topic", { topic: ".." }],
    ["partitions", { partitions: 0 }],
    ["retentionMs", { retentionMs: -2 }],
    ["heartbeatIntervalMs", { heartbeatIntervalMs: 20_000 }],
    ["compression", { compression: "snappy" as "gzip" }],
    ["client", { client: {} as never }],
    ["sasl.mechanism", { sasl: { mechanism: "gssapi" } as never }],
    ["sasl", { sasl: { mechanism: "plain", username: "me" } as never }],
    ["createTopics", { createTopics: "yes" as never }],
  ])("refuse a wrong %s at once, without repeating what may be secret", (path, wrong) => {
    const create = () => createKafkaBus({ brokers: ["127.0.0.1:9092"], ...wrong })
    expect(create).toThrow(expect.objectContaining({ code: "INVALID_OPTION", path }))
    expect(create).not.toThrow(/secret/)
  })
})

usingService("kafka", (url) => {
  describe.for(clients)("topics, by $name", (client) => {
    it.concurrent("are created as the options say", async () => {
      await using subject = await createSubject(url, client, { partitions: 3, maxEventSize: 1_500_000 })
      const { bus, connection, topic } = subject
      const [event] = eventsOf(1, 1)
      await bus.publish([
        { ...event, data: { number: 0, text: "x".repeat(1_400_000) } } as typeof event & object,
      ])
      expect(await connection.leaders(topic)).toHaveLength(3)
    })

    it.concurrent("aren't created where that is somebody else's", async () => {
      await using subject = await createSubject(url, client, { createTopics: false })
      const error = await subject.bus.publish(eventsOf(1, 1)).catch((reason) => reason)
      expect(error).toMatchObject({ code: "BUS_FAILED" })
      expect(error.message).toContain(subject.topic)
    })

    it.concurrent("with another number of partitions are refused, if one was asked for", async () => {
      await using subject = await createSubject(url, client)
      await subject.bus.publish(eventsOf(1, 1))
      const other = await subject.secondHandle({ partitions: 5 })
      await expect(other.publish(eventsOf(1, 1))).rejects.toMatchObject({
        code: "INVALID_OPTION",
        path: "partitions",
      })
    })

    it.concurrent("that got more partitions are read from the beginnings of those", async () => {
      const poll = { partitionsPollIntervalMs: 50 }
      await using subject = await createSubject(url, client, { partitions: 1, ...poll })
      const { bus, connection, topic } = subject
      const handled: string[] = []
      const consumer = await bus.subscribe({
        group: "g",
        handler: ({ stream }) => void handled.push(stream.id),
      })
      await bus.publish(eventsOf(1, 1))
      await until(() => handled.length === 1)
      await addPartitions(connection, topic)
      const other = createKafkaBus({ brokers: subject.brokers, topic, client })
      await other.publish(eventPerPartition(3, "later"))
      await until(() => handled.length === 4)
      await until(async () => (await consumer.lag()) === 0)
      consumer.pause()
      await other.publish(eventPerPartition(3, "waiting"))
      await other.close()
      expect(await consumer.lag()).toBe(3)
    })

    it.concurrent("that were made anew under their name are read from their beginning", async () => {
      await using subject = await createSubject(url, client, { partitions: 1 })
      const { bus, connection, topic } = subject
      const handled: number[] = []
      const events = eventsOf(1, 9)
      const handler = (event: RecordedEvent) => void handled.push(numberOf(event))
      const consumer = await bus.subscribe({ group: "g", handler })
      await bus.publish(events.slice(0, 6))
      await until(async () => (await consumer.lag()) === 0)
      await connection.deleteTopics([topic])
      await until(async () => (await connection.leaders(topic)) === undefined)
      const other = await subject.secondHandle({ partitions: 1 })
      await other.publish(events.slice(6))
      await until(() => handled.length === 9)
      expect(handled).toEqual(events.map(numberOf))
    })

    it.concurrent("that are gone are told of by health", async () => {
      await using subject = await createSubject(url, client, { partitions: 1 })
      const { bus, connection, topic } = subject
      expect((await bus.health()).healthy).toBe(true)
      await connection.deleteTopics([topic])
      await until(async () => !(await bus.health()).healthy)
      expect((await bus.health()).problems.join()).toContain(topic)
    })

    it.concurrent("take large calls in parts, compressed as well", async () => {
      await using subject = await createSubject(url, client, { compression: "gzip", partitions: 1 })
      const { bus } = subject
      const text = "x".repeat(20_000)
      const events = eventsOf(1, 200).map((event) => ({
        ...event,
        data: { ...(event.data as object), text },
      }))
      const versions: number[] = []
      await bus.subscribe({ group: "g", handler: ({ version }) => void versions.push(version) })
      await bus.publish(events)
      await until(() => versions.length === 200)
      expect(versions).toEqual(events.map(({ version }) => version))
    })
  })

  async function addPartitions(
    connection: Awaited<ReturnType<typeof createSubject>>["connection"],
    topic: string,
  ): Promise<void> {
    const { Admin } = await import("@platformatic/kafka")
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [new URL(url).host] })
    await admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: null }] } as never)
    await admin.close()
    await until(async () => {
      const leaders = await connection.leaders(topic)
      return leaders?.length === 3 && leaders.every((leader) => leader >= 0)
    })
  }
})

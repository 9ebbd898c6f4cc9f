import { Consumer, type MessagesStream, Producer, stringSerializers } from "@platformatic/kafka"
import { partitionOf } from "../partition-of.ts"
import type { HandlePlain, PlainBus } from "../plain-bus.ts"
import type { PlainRecorded } from "../plain-event.ts"
import { Committer } from "./committer.ts"
import { createTopic, kafkaAt } from "./topic.ts"

/** The same on `@platformatic/kafka`. */
export async function openBarePlatformaticBus(
  brokers: readonly string[],
  topic: string,
  partitions: number,
): Promise<PlainBus> {
  const group = `${topic}.bare`
  const created = await createTopic(kafkaAt(brokers), topic, group, partitions)
  const producer = new Producer({
    clientId: "bare",
    bootstrapBrokers: [...brokers],
    idempotent: true,
    acks: -1,
    serializers: stringSerializers,
  })
  return {
    async publish(events) {
      const messages = events.map((event) => ({
        topic,
        key: event.stream.id,
        value: JSON.stringify(event),
        partition: partitionOf(event.stream, partitions),
      }))
      await producer.send({ messages })
    },
    async consume(consumers, handle) {
      const indexes = Array.from({ length: consumers }, (_, index) => index)
      const stops = await Promise.all(
        indexes.map((index) => startConsumer(brokers, topic, group, (event) => handle(event, index))),
      )
      return {
        lag: () => created.lag(),
        async [Symbol.asyncDispose]() {
          for (const stop of stops) await stop()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await producer.close()
      await created[Symbol.asyncDispose]()
    },
  }
}

type Handle = (event: PlainRecorded) => ReturnType<HandlePlain>

async function startConsumer(
  brokers: readonly string[],
  topic: string,
  groupId: string,
  handle: Handle,
): Promise<() => Promise<void>> {
  const consumer = new Consumer({ clientId: "bare", bootstrapBrokers: [...brokers], groupId })
  const stream = await consumer.consume({
    topics: [topic],
    autocommit: false,
    mode: "committed",
    fallbackMode: "earliest",
    maxWaitTime: 500,
  })
  const committer = new Committer<bigint>((handled) =>
    consumer.commit({
      offsets: [...handled].map(([partition, offset]) => ({ topic, partition, offset, leaderEpoch: -1 })),
    }),
  )
  const running = handleAll(stream, handle, committer)
  return async () => {
    await committer.end()
    await stream.close()
    await running
    await consumer.close()
  }
}

async function handleAll(
  stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  handle: Handle,
  committer: Committer<bigint>,
): Promise<void> {
  for await (const { value, partition, offset } of stream) {
    const handled = handle(JSON.parse(value.toString()) as PlainRecorded)
    if (handled !== undefined) await handled
    committer.handled(partition, offset + 1n)
  }
}

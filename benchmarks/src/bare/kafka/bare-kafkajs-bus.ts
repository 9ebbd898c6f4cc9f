import { type Kafka, Partitioners } from "kafkajs"
import { partitionOf } from "../partition-of.ts"
import type { HandlePlain, PlainBus } from "../plain-bus.ts"
import type { PlainRecorded } from "../plain-event.ts"
import { Committer } from "./committer.ts"
import { createTopic, kafkaAt } from "./topic.ts"

/** A request for events that there aren't yet is answered after so long; a consumer that stops waits for that. */
const maxWaitMs = 500

/** A bus on Kafka, written by hand on `kafkajs`: one idempotent request for a call, and commits that follow what was handled. */
export async function openBareKafkajsBus(
  brokers: readonly string[],
  topic: string,
  partitions: number,
): Promise<PlainBus> {
  const kafka = kafkaAt(brokers)
  const group = `${topic}.bare`
  const created = await createTopic(kafka, topic, group, partitions)
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  })
  await producer.connect()
  return {
    async publish(events) {
      const messages = events.map((event) => ({
        key: event.stream.id,
        value: JSON.stringify(event),
        partition: partitionOf(event.stream, partitions),
      }))
      await producer.send({ topic, acks: -1, messages })
    },
    async consume(consumers, handle) {
      const indexes = Array.from({ length: consumers }, (_, index) => index)
      const stops = await Promise.all(
        indexes.map((index) => startConsumer(kafka, topic, group, (event) => handle(event, index))),
      )
      return {
        lag: () => created.lag(),
        async [Symbol.asyncDispose]() {
          for (const stop of stops) await stop()
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await producer.disconnect()
      await created[Symbol.asyncDispose]()
    },
  }
}

type Handle = (event: PlainRecorded) => ReturnType<HandlePlain>

async function startConsumer(
  kafka: Kafka,
  topic: string,
  groupId: string,
  handle: Handle,
): Promise<() => Promise<void>> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: maxWaitMs })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const committer = new Committer<string>((handled) =>
    consumer.commitOffsets([...handled].map(([partition, offset]) => ({ topic, partition, offset }))),
  )
  await consumer.run({
    autoCommit: false,
    async eachBatch({ batch }) {
      for (const { value } of batch.messages) {
        const handled = handle(JSON.parse((value as Buffer).toString()) as PlainRecorded)
        if (handled !== undefined) await handled
      }
      committer.handled(batch.partition, `${BigInt(batch.lastOffset()) + 1n}`)
    },
  })
  return async () => {
    await committer.end()
    await consumer.disconnect()
  }
}

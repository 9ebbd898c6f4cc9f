import { createRabbitmqBus } from "@annals/bus-rabbitmq"
import { connect } from "amqplib"
import { Redis } from "ioredis"
import { Kafka, logLevel } from "kafkajs"

/** Removes every key of a bus's topic. */
export async function removeRedisTopic(url: string, topic: string): Promise<void> {
  const redis = new Redis(url)
  try {
    const keys = await redis.keys(`*${topic}*`)
    if (keys.length > 0) await redis.del(keys)
  } finally {
    redis.disconnect()
  }
}

/** Removes the topics whose names begin with that of a bus. */
export async function removeKafkaTopics(url: string, topic: string): Promise<void> {
  const admin = new Kafka({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(topic))
    if (topics.length > 0) await admin.deleteTopics({ topics })
  } finally {
    await admin.disconnect()
  }
}

/** Removes exchanges and queues of a bus's topic. */
export async function removeRabbitmqTopic(
  url: string,
  topic: string,
  groups: readonly string[],
): Promise<void> {
  await using bus = createRabbitmqBus({ url, topic })
  for (const group of groups) await bus.removeGroup(group)
  const connection = await connect(url)
  const channel = await connection.createChannel()
  for (const exchange of [topic, `${topic}::partitions-8`]) await channel.deleteExchange(exchange)
  await connection.close()
}

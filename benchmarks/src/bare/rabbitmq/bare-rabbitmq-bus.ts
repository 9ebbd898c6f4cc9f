import { type ChannelModel, type ConfirmChannel, connect } from "amqplib"
import { partitionOf, sharePartitions } from "../partition-of.ts"
import type { HandlePlain, PlainBus, PlainConsumers } from "../plain-bus.ts"
import type { PlainRecorded } from "../plain-event.ts"
import { type BareRabbitmqConsumer, startConsumer } from "./bare-rabbitmq-consumer.ts"

/** Small messages don't wait for the acknowledgement of those before. */
const socketOptions = { noDelay: true }

/** A bus on RabbitMQ, written by hand on `amqplib`: an exchange, and for the one group a quorum queue for each partition, with one consumer at a time. */
export async function openBareRabbitmqBus(url: string, topic: string, partitions: number): Promise<PlainBus> {
  const connection = await connect(url, socketOptions)
  const channel = await connection.createConfirmChannel()
  const queues = Array.from({ length: partitions }, (_, partition) => `${topic}.bare.${partition}`)
  await declare(channel, topic, queues)
  return {
    publish: (events) => publish(channel, topic, partitions, events),
    consume: (consumers, handle) => consume(url, channel, queues, consumers, handle),
    async [Symbol.asyncDispose]() {
      for (const queue of queues) await channel.deleteQueue(queue)
      await channel.deleteExchange(topic)
      await connection.close()
    },
  }
}

async function declare(channel: ConfirmChannel, exchange: string, queues: readonly string[]): Promise<void> {
  await channel.assertExchange(exchange, "direct", { durable: true })
  for (const [partition, queue] of queues.entries()) {
    const args = { "x-queue-type": "quorum", "x-single-active-consumer": true }
    await channel.assertQueue(queue, { durable: true, arguments: args })
    await channel.bindQueue(queue, exchange, `${partition}`)
  }
}

/** Resolves when all are confirmed. */
function publish(
  channel: ConfirmChannel,
  exchange: string,
  partitions: number,
  events: readonly PlainRecorded[],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let missing = events.length
  const confirmed = (error: unknown) => {
    if (error) reject(error)
    else if (--missing === 0) resolve()
  }
  for (const event of events) {
    const key = `${partitionOf(event.stream, partitions)}`
    const options = { persistent: true, mandatory: true, messageId: event.id }
    channel.publish(exchange, key, Buffer.from(JSON.stringify(event)), options, confirmed)
  }
  return promise
}

async function consume(
  url: string,
  channel: ConfirmChannel,
  queues: readonly string[],
  consumers: number,
  handle: HandlePlain,
): Promise<PlainConsumers> {
  const connections: ChannelModel[] = []
  const running: BareRabbitmqConsumer[] = []
  for (const [index, own] of sharePartitions(queues.length, consumers).entries()) {
    const connection = await connect(url, socketOptions)
    connections.push(connection)
    const names = own.map((partition) => queues[partition] as string)
    const handleHere = (event: PlainRecorded) => handle(event, index)
    running.push(await startConsumer(await connection.createChannel(), names, handleHere))
  }
  return {
    async lag() {
      const counts = await Promise.all(queues.map((queue) => channel.checkQueue(queue)))
      const ready = counts.reduce((sum, { messageCount }) => sum + messageCount, 0)
      return running.reduce((sum, { unacknowledged }) => sum + unacknowledged, ready)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((consumer) => consumer.stop()))
      await Promise.all(connections.map((connection) => connection.close()))
    },
  }
}

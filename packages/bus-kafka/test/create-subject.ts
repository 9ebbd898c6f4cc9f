import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { createKafkaBus, type KafkaBusOptions, type KafkaClientFactory } from "@annals/bus-kafka"
import type { BusOptions, EventBus } from "@annals/core"
import type { EventBusSubject } from "@annals/testing"
import type { KafkaConnection } from "../src/kafka-client.ts"
import { type CuttingClient, createCuttingClient } from "./cutting-client.ts"

/** Joins are quick, and a member that is gone is missed soon. */
const quick = { partitions: 4, retryPartitions: 1, heartbeatIntervalMs: 50, sessionTimeoutMs: 6_000 }

export interface KafkaSubject extends EventBusSubject {
  readonly topic: string
  readonly brokers: readonly string[]
  secondHandle(options?: Partial<KafkaBusOptions>): Promise<EventBus>
  cutConnections(): Promise<void>
  publishForeign(): Promise<void>
  /** That of `bus`. */
  readonly network: CuttingClient
  /** Beside the bus. */
  readonly connection: KafkaConnection
}

export function brokersAt(url: string): readonly string[] {
  return [new URL(url).host]
}

export async function createSubject(
  url: string,
  factory: KafkaClientFactory,
  options: BusOptions & Partial<KafkaBusOptions> = {},
): Promise<KafkaSubject> {
  const [brokers, topic] = [brokersAt(url), `t-${randomUUID()}`]
  const network = createCuttingClient(factory)
  const common = { ...quick, brokers, topic }
  const bus = createKafkaBus({ ...common, client: network.client, ...options })
  const others: EventBus[] = []
  const connection = openConnection(factory, brokers)
  return {
    bus,
    topic,
    brokers,
    network,
    connection,
    async secondHandle(otherOptions = {}) {
      const other = createKafkaBus({ ...common, client: factory, ...otherOptions })
      others.push(other)
      return other
    },
    cutConnections: async () => network.cut(),
    publishForeign: () => produce(connection, topic, "nobody's"),
    async [Symbol.asyncDispose]() {
      await Promise.all([bus, ...others].map((each) => each.close()))
      await removeTopics(connection, topic)
      await connection.close()
    },
  }
}

export function openConnection(
  client: KafkaClientFactory,
  brokers: readonly string[],
  security: Pick<KafkaBusOptions, "sasl"> & { readonly tls?: { readonly ca: string } } = {},
): KafkaConnection {
  return client.connect({
    brokers,
    clientId: "test",
    tls: security.tls,
    sasl: security.sasl,
    connectTimeoutMs: 5_000,
    requestTimeoutMs: 30_000,
    logger: undefined,
  })
}

export async function removeTopics(connection: KafkaConnection, topic: string): Promise<void> {
  const names = (await connection.topicNames()).filter((name) => name.startsWith(topic))
  if (names.length > 0) await connection.deleteTopics(names)
}

async function produce(connection: KafkaConnection, topic: string, text: string): Promise<void> {
  const [leader] = (await connection.leaders(topic)) as readonly number[]
  const message = { key: "-", value: Buffer.from(text), headers: {} }
  const batch = { topic, partition: 0, firstSequence: 0, messages: [message] }
  await connection.produce(leader as number, [batch], {
    producer: await connection.newProducer(),
    compression: "none",
    timeoutMs: 5_000,
  })
}

/** Waits for a condition, for as long as the runner lets the test run. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}

import { setTimeout as delay } from "node:timers/promises"
import { type Admin, Kafka, logLevel } from "kafkajs"

const pauseMs = 50

/** A connection by hand. It logs nothing: what fails is thrown. */
export function kafkaAt(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: "bare", brokers: [...brokers], logLevel: logLevel.NOTHING })
}

/** A new topic; gone, with what its group committed, when disposed. */
export async function createTopic(
  kafka: Kafka,
  topic: string,
  group: string,
  partitions: number,
): Promise<Topic> {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
    waitForLeaders: false,
  })
  while (!(await isReady(admin, topic))) await delay(pauseMs)
  return new Topic(admin, topic, group)
}

/** By its own means, kafkajs gives up where a broker hasn't heard of the topic yet. */
async function isReady(admin: Admin, topic: string): Promise<boolean> {
  try {
    await admin.fetchTopicOffsets(topic)
    return true
  } catch {
    return false
  }
}

export class Topic implements AsyncDisposable {
  readonly #admin: Admin
  readonly #topic: string
  readonly #group: string

  constructor(admin: Admin, topic: string, group: string) {
    this.#admin = admin
    this.#topic = topic
    this.#group = group
  }

  /** Events that the group hasn't committed. */
  async lag(): Promise<number> {
    const ends = await this.#admin.fetchTopicOffsets(this.#topic)
    const [committed] = await this.#admin.fetchOffsets({ groupId: this.#group, topics: [this.#topic] })
    const offsets = new Map(committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
    const behind = ({ partition, high, low }: { partition: number; high: string; low: string }) =>
      Number(high) - Math.max(Number(low), offsets.get(partition) ?? 0)
    return ends.reduce((sum, end) => sum + behind(end), 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.deleteTopics({ topics: [this.#topic] })
    await this.#admin.deleteGroups([this.#group]).catch(() => {}) // there is none where nobody consumed
    await this.#admin.disconnect()
  }
}

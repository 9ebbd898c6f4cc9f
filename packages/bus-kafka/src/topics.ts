import { otherPartitions, topicMissing } from "./errors.ts"
import type { KafkaConnection, KafkaTopicSpec } from "./kafka-client.ts"
import { codes, hasCode, KafkaFailure } from "./kafka-failure.ts"
import { defaultPartitions, type KafkaSettings } from "./kafka-settings.ts"
import type { GroupNames } from "./topic-names.ts"

/** Brokers count what is said about an event as well. */
const roomForHead = 65_536
/** What Kafka takes as it is installed. */
const defaultMessageBytes = 1_048_588
const dayMs = 86_400_000
const longestWaitMs = 10_000

/** Sees to it that the topics of a bus are there. */
export class Topics {
  readonly #connection: KafkaConnection
  readonly #settings: KafkaSettings

  constructor(connection: KafkaConnection, settings: KafkaSettings) {
    this.#connection = connection
    this.#settings = settings
  }

  async ensureMain(): Promise<void> {
    const { topic, partitions, retentionMs } = this.#settings
    const there = await this.#connection.leaders(topic)
    if (there === undefined) {
      const config = retentionMs === undefined ? {} : { "retention.ms": String(retentionMs) }
      return this.#create([{ name: topic, partitions: partitions ?? defaultPartitions, config }])
    }
    if (partitions !== undefined && there.length !== partitions)
      throw otherPartitions(topic, partitions, there.length)
  }

  /** The topics of retries and dead letters of a group. Returns the delays of all retries that there are, also those of former settings. */
  async ensureGroup(names: GroupNames, retryDelaysMs: readonly number[]): Promise<readonly number[]> {
    const there = new Set(await this.#connection.topicNames())
    const longestMs = Math.max(0, ...retryDelaysMs)
    const { retryPartitions } = this.#settings
    const config = { "retention.ms": String(Math.max(7 * dayMs, 2 * longestMs)) }
    const wanted = [
      ...retryDelaysMs.map((delayMs) => ({
        name: names.retry(delayMs),
        partitions: retryPartitions,
        config,
      })),
      { name: names.replay, partitions: retryPartitions, config },
      { name: names.deadLetters, partitions: 1, config: { "cleanup.policy": "compact" } },
    ]
    await this.#create(wanted.filter(({ name }) => !there.has(name)))
    const found = [...there].flatMap((name) => names.retryDelayMs(name) ?? [])
    return [...new Set([...retryDelaysMs, ...found])].toSorted((a, b) => a - b)
  }

  /** Those that a group has made. */
  async ofGroup(names: GroupNames): Promise<readonly string[]> {
    return (await this.#connection.topicNames()).filter(
      (name) => name === names.replay || name === names.deadLetters || names.retryDelayMs(name) !== undefined,
    )
  }

  async remove(topics: readonly string[]): Promise<void> {
    if (topics.length === 0) return
    await this.#connection.deleteTopics(topics)
    for (const topic of topics) await this.#wait(topic, (leaders) => leaders === undefined)
  }

  async #create(topics: readonly Pick<KafkaTopicSpec, "name" | "partitions" | "config">[]): Promise<void> {
    const [first] = topics
    if (first === undefined) return
    if (!this.#settings.createTopics) throw topicMissing(first.name)
    const replicationFactor =
      this.#settings.replicationFactor ?? Math.min(3, await this.#connection.brokerCount())
    const common = {
      "min.insync.replicas": String(this.#settings.minInsyncReplicas ?? Math.max(1, replicationFactor - 1)),
      ...this.#messageBytes(),
    }
    await this.#connection.createTopics(
      topics.map(({ name, partitions, config }) => ({
        name,
        partitions,
        replicationFactor,
        config: { ...common, ...config },
      })),
    )
    for (const { name } of topics)
      await this.#wait(name, (leaders) => leaders?.every((leader) => leader >= 0) === true)
  }

  #messageBytes(): Record<string, string> {
    const bytes = this.#settings.maxEventSize + roomForHead
    return bytes <= defaultMessageBytes ? {} : { "max.message.bytes": String(bytes) }
  }

  /** A topic is created, or deleted, some time before every broker knows it. */
  async #wait(name: string, isSo: (leaders: readonly number[] | undefined) => boolean): Promise<void> {
    const { clock } = this.#settings
    for (const until = clock.now() + longestWaitMs; ; await clock.sleep(20)) {
      if (isSo(await this.#leaders(name))) return
      if (clock.now() > until)
        throw new KafkaFailure("protocol", `the brokers don't agree about topic ${name} yet`, {
          code: codes.leaderNotAvailable,
        })
    }
  }

  /** -1: there is none yet. */
  async #leaders(name: string): Promise<readonly number[] | undefined> {
    try {
      return await this.#connection.leaders(name)
    } catch (error) {
      if (hasCode(error, codes.leaderNotAvailable)) return [-1]
      throw error
    }
  }
}

import type { BrokerDeadLetters, BusDriver, BusMessage, GroupMember, GroupMembership } from "@annals/core"
import { openAnsweringConnection } from "./answering-connection.ts"
import { DeadLetterTopic } from "./dead-letter-topic.ts"
import { otherOrder, topicMissing, translated } from "./errors.ts"
import { GroupSession, rebalanceTimeoutMs, type SubscribedTopic } from "./group-session.ts"
import { IdempotentProducer } from "./idempotent-producer.ts"
import { insist } from "./insist.ts"
import type { KafkaConnection } from "./kafka-client.ts"
import { KafkaGroupMembership } from "./kafka-group-membership.ts"
import type { KafkaSettings } from "./kafka-settings.ts"
import { lagOf } from "./lag.ts"
import { Leaders } from "./leaders.ts"
import { encodeMessage } from "./message.ts"
import { Publisher } from "./publisher.ts"
import { createReachability } from "./reachability.ts"
import { ensureGroup, isGroupThere } from "./start-offsets.ts"
import { groupNames } from "./topic-names.ts"
import { Topics } from "./topics.ts"

/** Moves messages through Kafka. */
export class KafkaDriver implements BusDriver {
  readonly name = "kafka"
  readonly topic: string
  readonly capabilities = { durable: true, multiProcess: true, keepsHistory: true, countsAttempts: false }
  readonly #settings: KafkaSettings
  readonly #admin: KafkaConnection
  readonly #leaders: Leaders
  readonly #topics: Topics
  readonly #events: Lane
  /** What groups send to themselves: a failure of it holds up no event. */
  readonly #groups: Lane

  constructor(settings: KafkaSettings) {
    this.topic = settings.topic
    this.#settings = settings
    this.#admin = this.#connect()
    this.#leaders = new Leaders(this.#admin)
    this.#topics = new Topics(this.#admin, settings)
    this.#events = this.#openLane()
    this.#groups = this.#openLane()
  }

  open(): Promise<void> {
    return this.#insist(() => this.#topics.ensureMain())
  }

  publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void> {
    const encoded = messages.map(encodeMessage)
    return translated(() => this.#events.publisher.send(this.#settings.topic, encoded, signal))
  }

  join(member: GroupMember): Promise<GroupMembership> {
    return translated(async () => {
      const topics = await this.#prepare(member)
      const { groupId } = groupNames(this.#settings.topic, member.group)
      const connections = this.#connectMember()
      const session = new GroupSession(groupId, topics, {
        member,
        settings: this.#settings,
        control: connections.control,
        fetching: connections,
        report: createReachability(member),
      })
      const close = async () => {
        await Promise.all(Object.values(connections).map((connection) => connection.close()))
      }
      try {
        await session.ready
      } catch (error) {
        await session.leave()
        await close()
        throw error
      }
      return this.#membership(member, session, close)
    })
  }

  deadLetters(group: string): BrokerDeadLetters {
    const { topic } = this.#settings
    const names = groupNames(topic, group)
    const ensure = async () => void (await this.#topics.ensureGroup(names, []))
    const letters = new DeadLetterTopic(names, this.#admin, this.#leaders, this.#groups.publisher, ensure)
    return {
      list: (limit) => this.#insist(() => letters.list(limit)),
      replay: (ids) => translated(() => letters.replay(ids)),
      discard: (ids) => translated(() => letters.discard(ids)),
    }
  }

  removeGroup(group: string): Promise<void> {
    const names = groupNames(this.#settings.topic, group)
    return this.#insist(async () => {
      await this.#admin.deleteGroup(names.groupId)
      const topics = await this.#topics.ofGroup(names)
      await this.#topics.remove(topics)
      for (const topic of topics) this.#leaders.forget(topic)
    })
  }

  ping(): Promise<void> {
    const { topic } = this.#settings
    return translated(async () => {
      if ((await this.#admin.leaders(topic)) === undefined) throw topicMissing(topic)
    })
  }

  async close(): Promise<void> {
    await Promise.all([this.#events, this.#groups].map(({ publisher }) => publisher.idle()))
    const connections = [this.#admin, this.#events.connection, this.#groups.connection]
    await Promise.all(connections.map((connection) => connection.close()))
  }

  /** Makes what the group needs in the brokers. Returns what it reads. */
  async #prepare({ group, order, from, retryDelaysMs }: GroupMember): Promise<readonly SubscribedTopic[]> {
    const { topic } = this.#settings
    const names = groupNames(topic, group)
    return this.#insist(async () => {
      const main = { topic, delayMs: undefined }
      this.#leaders.forget(topic)
      const isUnordered = (await this.#topics.ofGroup(names)).includes(names.replay)
      if (isUnordered && order === "stream") throw otherOrder()
      const isThere = await isGroupThere(this.#admin, this.#leaders, names.groupId, topic)
      if (isThere && !isUnordered && order === "none") throw otherOrder()
      const delays = order === "none" ? await this.#topics.ensureGroup(names, retryDelaysMs) : undefined
      if (!isThere) await ensureGroup(this.#admin, this.#leaders, names.groupId, topic, from)
      if (delays === undefined) return [main]
      const retries = delays.map((delayMs) => ({ topic: names.retry(delayMs), delayMs }))
      return [main, { topic: names.replay, delayMs: 0 }, ...retries]
    })
  }

  #membership(member: GroupMember, session: GroupSession, close: () => Promise<void>): GroupMembership {
    const { topic, clock } = this.#settings
    const names = groupNames(topic, member.group)
    return new KafkaGroupMembership({
      member,
      names,
      topic,
      session,
      close,
      publisher: this.#groups.publisher,
      now: () => clock.now(),
      lag: () => lagOf(this.#admin, this.#leaders, names.groupId, session.partitions),
    })
  }

  /** Joining waits in the broker, and so does fetching: neither must hold up the other, or signs of life. */
  #connectMember(): { control: KafkaConnection; main: KafkaConnection; retries: KafkaConnection } {
    return {
      control: this.#connect(rebalanceTimeoutMs(this.#settings)),
      main: this.#connect(),
      retries: this.#connect(),
    }
  }

  #connect(joiningMs = 0): KafkaConnection {
    const { client, connection, clock } = this.#settings
    return openAnsweringConnection(client, connection, clock, joiningMs)
  }

  #openLane(): Lane {
    const connection = this.#connect()
    const leaders = new Leaders(connection)
    const producer = new IdempotentProducer(connection, leaders, this.#settings)
    return { connection, publisher: new Publisher(producer, leaders, this.#settings) }
  }

  #insist<Result>(run: () => Promise<Result>): Promise<Result> {
    const { clock, retryForMs } = this.#settings
    return translated(() => insist(clock, retryForMs, run))
  }
}

interface Lane {
  readonly connection: KafkaConnection
  readonly publisher: Publisher
}

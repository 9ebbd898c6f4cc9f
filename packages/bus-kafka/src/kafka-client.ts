import type { ConnectionOptions } from "node:tls"
import type { Logger } from "@annals/core"

/** Makes the client through which a bus talks to Kafka: kafkajs by default, or `platformatic` of `@annals/bus-kafka/platformatic`. */
export interface KafkaClientFactory {
  readonly name: string
  /** Does no I/O: the connection opens sockets when they are needed, and again after they were lost. */
  connect(settings: KafkaConnectionSettings): KafkaConnection
}

/** The same for every connection of a bus, but for the time that a request may take. */
export interface KafkaConnectionSettings {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: ConnectionOptions | undefined
  readonly sasl: KafkaSasl | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly logger: Logger | undefined
}

/** How a bus logs in. */
export type KafkaSasl =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
      readonly username: string
      readonly password: string
    }
  /** `token` is asked for whenever a connection is opened, or its session ends. */
  | { readonly mechanism: "oauthbearer"; readonly token: () => string | Promise<string> }

/**
 * Requests to a Kafka cluster, each sent once: who retries, joins, commits and counts sequences is the driver. Requests that wait in the broker (`joinGroup`,
 * `fetch`) hold up others on the same connection. Throws `KafkaFailure`.
 */
export interface KafkaConnection extends KafkaTopics, KafkaGroups {
  /** An identity for idempotent producing. */
  newProducer(): Promise<ProducerIdentity>
  /** Waits for all in-sync replicas. */
  produce(
    leader: number,
    batches: readonly KafkaBatch[],
    options: ProduceOptions,
  ): Promise<readonly ProducedPartition[]>
  fetch(
    leader: number,
    positions: readonly KafkaPosition[],
    limits: FetchLimits,
  ): Promise<readonly FetchedPartition[]>
  close(): Promise<void>
}

interface KafkaTopics {
  /** The leader of each partition, by number, as the brokers say now; `undefined`: there's no such topic. */
  leaders(topic: string): Promise<readonly number[] | undefined>
  topicNames(): Promise<readonly string[]>
  brokerCount(): Promise<number>
  /** Creates those that don't exist. */
  createTopics(topics: readonly KafkaTopicSpec[]): Promise<void>
  /** Those that exist. */
  deleteTopics(names: readonly string[]): Promise<void>
  /** The first offset that there is, or the one that the next message will get, of partitions of one leader. */
  offsets(
    leader: number,
    partitions: readonly KafkaPartition[],
    which: "start" | "end",
  ): Promise<readonly KafkaPosition[]>
}

interface KafkaGroups {
  joinGroup(request: JoinRequest): Promise<JoinedGroup>
  /** `assignments`: from the leader, by member. Returns this member's own. */
  syncGroup(membership: KafkaMembership, assignments: ReadonlyMap<string, Buffer>): Promise<Buffer>
  heartbeat(membership: KafkaMembership): Promise<void>
  leaveGroup(membership: Pick<KafkaMembership, "groupId" | "memberId">): Promise<void>
  /** Without a member and with generation -1: for a group that has no members. */
  commit(membership: KafkaMembership, positions: readonly KafkaPosition[]): Promise<void>
  /** -1: none. */
  committed(groupId: string, partitions: readonly KafkaPartition[]): Promise<readonly KafkaPosition[]>
  /** Forgets the offsets of a group without members. */
  deleteGroup(groupId: string): Promise<void>
}

export interface KafkaPartition {
  readonly topic: string
  readonly partition: number
}

export interface KafkaPosition extends KafkaPartition {
  readonly offset: number
}

export interface KafkaTopicSpec {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly config: Readonly<Record<string, string>>
}

export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

export interface ProduceOptions {
  readonly producer: ProducerIdentity
  readonly compression: "none" | "gzip"
  /** How long the leader may wait for its replicas. */
  readonly timeoutMs: number
}

/** Messages for one partition, written at once or not at all. */
export interface KafkaBatch extends KafkaPartition {
  readonly firstSequence: number
  readonly messages: readonly KafkaMessage[]
}

export interface KafkaMessage {
  readonly key: string
  /** `null`: a tombstone. */
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

export interface ProducedPartition extends KafkaPartition {
  /** 0: the broker has the batch. */
  readonly errorCode: number
}

export interface FetchLimits {
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly maxBytesPerPartition: number
}

export interface FetchedPartition extends KafkaPartition {
  /** 0: none. */
  readonly errorCode: number
  /** From the asked offset on. */
  readonly records: readonly KafkaRecord[]
  /** Where to go on. */
  readonly nextOffset: number
}

export interface KafkaRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  header(name: string): Buffer | undefined
}

export interface KafkaMembership {
  readonly groupId: string
  readonly memberId: string
  readonly generation: number
  /** As the group agreed on it. */
  readonly protocol: string
}

export interface JoinRequest {
  readonly groupId: string
  /** Empty: a new member. */
  readonly memberId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocol: string
  readonly subscription: Buffer
}

export interface JoinedGroup extends KafkaMembership {
  readonly isLeader: boolean
  /** For the leader. */
  readonly members: readonly { readonly memberId: string; readonly subscription: Buffer }[]
}

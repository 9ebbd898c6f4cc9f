import type { ConnectionOptions } from "node:tls"
import type { BusOptions } from "@annals/core"
import type { KafkaClientFactory, KafkaSasl } from "./kafka-client.ts"

/** What a Kafka bus is made with, besides what every bus takes. */
export interface KafkaBusOptions extends BusOptions, KafkaTopicOptions, KafkaGroupOptions {
  /** `host:port` of some of the brokers; they tell about the others. */
  readonly brokers: readonly string[]
  /**
   * Through which client the bus talks to Kafka: kafkajs unless given, or `platformatic` of `@annals/bus-kafka/platformatic`. Buses with different clients
   * understand each other, also within one group.
   */
  readonly client?: KafkaClientFactory
  /**
   * By which name the brokers' logs and quotas know this program.
   *
   * @default "annals"
   */
  readonly clientId?: string
  /**
   * TLS, as of `node:tls`; `true`: with what Node trusts. For every connection of the bus.
   *
   * @default false
   */
  readonly tls?: boolean | ConnectionOptions
  /** How to log in, for every connection of the bus. Default: not at all. */
  readonly sasl?: KafkaSasl
  /**
   * How events are compressed, those for one partition that travel together as one. Costs time of this process, and saves network and disk.
   *
   * @default "none"
   */
  readonly compression?: "none" | "gzip"
  /**
   * How long publishing, subscribing and the like go on trying while the brokers can't be reached or don't take anything, before they fail with
   * `BUS_UNAVAILABLE`.
   *
   * @default 5_000
   */
  readonly retryForMs?: number
  /**
   * How long opening a connection may take.
   *
   * @default 5_000
   */
  readonly connectTimeoutMs?: number
  /**
   * How long a broker may take for an answer. A connection on which it takes longer is given up.
   *
   * @default 10_000
   */
  readonly requestTimeoutMs?: number
}

/** How topics are made. Of those that exist nothing is changed. */
export interface KafkaTopicOptions {
  /**
   * The topic of the bus, and what the names of its groups and their topics begin with: Latin letters, digits, `.`, `_` and `-`, at most 80.
   *
   * @default "annals"
   */
  readonly topic?: string
  /**
   * Create the topics that don't exist. `false`: the first use fails with `BUS_FAILED`, and says which one is missing.
   *
   * @default true
   */
  readonly createTopics?: boolean
  /**
   * How many partitions the topic gets when the bus creates it. No more consumers of a group than that have something to do. Adding partitions later moves streams to
   * other partitions, and breaks their order for the events that are still unhandled then.
   *
   * @default 16
   */
  readonly partitions?: number
  /**
   * How many partitions each topic of retries gets.
   *
   * @default 4
   */
  readonly retryPartitions?: number
  /**
   * How many brokers hold each event.
   *
   * @default 3, or all brokers where there are fewer
   */
  readonly replicationFactor?: number
  /**
   * How many of them must have an event before it counts as published. With fewer, an acknowledged event is lost with its broker; with more, publishing stops while
   * brokers are down.
   *
   * @default one less than `replicationFactor`, at least 1
   */
  readonly minInsyncReplicas?: number
  /** How long the topic keeps events, also those that a group hasn't had yet; -1: for ever. Default: what the brokers are set to, 7 days as they are installed. */
  readonly retentionMs?: number
}

/** How consumers share a group's partitions, and how they get their events. */
export interface KafkaGroupOptions {
  /**
   * After how long without a sign of life a consumer's partitions go to others.
   *
   * @default 30_000
   */
  readonly sessionTimeoutMs?: number
  /**
   * How often a consumer gives a sign of life; also how soon it notices that partitions are shared out anew. At most a third of `sessionTimeoutMs`.
   *
   * @default 3_000
   */
  readonly heartbeatIntervalMs?: number
  /**
   * When partitions are shared out anew, how long handlers that run may take before their events go to others. Meanwhile the whole group gets nothing new.
   *
   * @default 20_000
   */
  readonly finishTimeoutMs?: number
  /**
   * How often what was handled is committed. After a crash no more than this comes again.
   *
   * @default 100
   */
  readonly commitIntervalMs?: number
  /**
   * How often a consumer looks whether topics got more partitions.
   *
   * @default 60_000
   */
  readonly partitionsPollIntervalMs?: number
  /**
   * How many bytes of events a request fetches from a broker at most: what a consumer holds besides its `prefetch`, twice with order `"none"`. More is faster only
   * where the brokers are far away.
   *
   * @default 1_000_000
   */
  readonly fetchBytes?: number
}

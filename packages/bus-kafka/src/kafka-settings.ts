import { AnnalsError, type Clock, harmlessLogger, type Logger } from "@annals/core"
import type { KafkaBusOptions } from "./kafka-bus-options.ts"
import type { KafkaClientFactory, KafkaConnectionSettings, KafkaSasl } from "./kafka-client.ts"
import { kafkajsClient } from "./kafkajs.ts"

/** What the parts of a bus are made with. */
export interface KafkaSettings {
  readonly client: KafkaClientFactory
  readonly connection: KafkaConnectionSettings
  readonly topic: string
  readonly createTopics: boolean
  /** As it was asked for. */
  readonly partitions: number | undefined
  readonly retryPartitions: number
  readonly replicationFactor: number | undefined
  readonly minInsyncReplicas: number | undefined
  readonly retentionMs: number | undefined
  readonly maxEventSize: number
  readonly compression: "none" | "gzip"
  readonly retryForMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly finishTimeoutMs: number
  readonly commitIntervalMs: number
  readonly partitionsPollIntervalMs: number
  readonly fetchBytes: number
  readonly clock: Clock
  readonly logger: Logger | undefined
}

export const defaultPartitions = 16
const defaultEventSize = 1_000_000
const longestMs = 2_147_483_647

/** Throws `INVALID_OPTION`. */
export function resolveKafkaSettings(options: KafkaBusOptions, clock: Clock): KafkaSettings {
  const sessionTimeoutMs = whole(options, "sessionTimeoutMs", 30_000, 1, longestMs)
  const { client = kafkajsClient, compression = "none", topic = "annals", createTopics = true } = options
  if (typeof client?.connect !== "function") throw invalid("client", "must be a client such as platformatic")
  if (compression !== "none" && compression !== "gzip")
    throw invalid("compression", 'must be "none" or "gzip"')
  if (typeof topic !== "string" || !/^[a-zA-Z0-9._-]{1,80}$/.test(topic) || /^\.+$/.test(topic))
    throw invalid("topic", "must be of Latin letters, digits, ., _ and -, at most 80")
  if (typeof createTopics !== "boolean") throw invalid("createTopics", "must be true or false")
  return {
    client,
    connection: connectionSettings(options),
    topic,
    createTopics,
    partitions: optional(options, "partitions", 1, 1024),
    retryPartitions: whole(options, "retryPartitions", 4, 1, 1024),
    replicationFactor: optional(options, "replicationFactor", 1, 32_767),
    minInsyncReplicas: optional(options, "minInsyncReplicas", 1, 32_767),
    retentionMs: optional(options, "retentionMs", -1, Number.MAX_SAFE_INTEGER),
    maxEventSize: options.maxEventSize ?? defaultEventSize,
    compression,
    retryForMs: whole(options, "retryForMs", 5_000, 0, longestMs),
    sessionTimeoutMs,
    heartbeatIntervalMs: whole(
      options,
      "heartbeatIntervalMs",
      Math.min(3_000, Math.max(1, Math.floor(sessionTimeoutMs / 3))),
      1,
      Math.max(1, Math.floor(sessionTimeoutMs / 3)),
    ),
    finishTimeoutMs: whole(options, "finishTimeoutMs", 20_000, 0, longestMs / 2),
    commitIntervalMs: whole(options, "commitIntervalMs", 100, 1, longestMs),
    partitionsPollIntervalMs: whole(options, "partitionsPollIntervalMs", 60_000, 1, longestMs),
    fetchBytes: whole(options, "fetchBytes", 1_000_000, 1, longestMs),
    clock,
    logger: options.logger && harmlessLogger(options.logger),
  }
}

function connectionSettings(options: KafkaBusOptions): KafkaConnectionSettings {
  const { brokers, clientId = "annals", tls = false, sasl } = options
  if (!Array.isArray(brokers) || brokers.length === 0)
    throw invalid("brokers", 'must be such as ["host:9092"]')
  for (const [index, broker] of brokers.entries()) {
    if (typeof broker !== "string" || !/^[^\s:/@]+:\d{1,5}$/.test(broker))
      throw invalid(`brokers[${index}]`, 'must be such as "host:9092"')
  }
  if (typeof clientId !== "string" || clientId === "") throw invalid("clientId", "must be a name")
  return {
    brokers,
    clientId,
    tls: tls === false ? undefined : tls === true ? {} : tls,
    sasl: sasl === undefined ? undefined : checkSasl(sasl),
    connectTimeoutMs: whole(options, "connectTimeoutMs", 5_000, 1, longestMs),
    requestTimeoutMs: whole(options, "requestTimeoutMs", 10_000, 1, longestMs / 2),
    logger: options.logger && harmlessLogger(options.logger),
  }
}

function checkSasl(sasl: KafkaSasl): KafkaSasl {
  switch (sasl.mechanism) {
    case "plain":
    case "scram-sha-256":
    case "scram-sha-512":
      if (typeof sasl.username !== "string" || typeof sasl.password !== "string")
        throw invalid("sasl", "needs username and password")
      return sasl
    case "oauthbearer":
      if (typeof sasl.token !== "function") throw invalid("sasl.token", "must be a function")
      return sasl
    default:
      throw invalid("sasl.mechanism", 'must be "plain", "scram-sha-256", "scram-sha-512" or "oauthbearer"')
  }
}

type NumberOption = {
  [Key in keyof KafkaBusOptions]-?: number extends KafkaBusOptions[Key] ? Key : never
}[keyof KafkaBusOptions]

function whole(
  options: KafkaBusOptions,
  path: NumberOption,
  preset: number,
  least: number,
  most: number,
): number {
  return optional(options, path, least, most) ?? preset
}

function optional(
  options: KafkaBusOptions,
  path: NumberOption,
  least: number,
  most: number,
): number | undefined {
  const value = options[path]
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= most)) return value
  throw invalid(path, `must be a whole number from ${least} to ${Math.floor(most)}`)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

import { AnnalsError } from "@annals/core"
import { codes, isPassing, KafkaFailure } from "./kafka-failure.ts"

const says: Readonly<Record<number, string>> = {
  [codes.unknownTopic]: "there's no such topic (any more): create it, or give the option createTopics: true",
  [codes.messageTooLarge]:
    "the topic doesn't take an event of this size: raise its max.message.bytes, or lower the option maxEventSize",
  [codes.recordListTooLarge]: "the topic doesn't take an event of this size: raise its max.message.bytes",
  [codes.notEnoughReplicas]:
    "too few brokers have the partition: bring them back, or lower min.insync.replicas",
  [codes.topicAuthorizationFailed]:
    "this user has no right to the topic: grant Read, Write, Describe and Create on the names that begin with that of the topic",
  [codes.groupAuthorizationFailed]:
    "this user has no right to the group: grant Read on the groups whose names begin with that of the topic",
  [codes.clusterAuthorizationFailed]:
    "this user may not do that: grant IdempotentWrite, or create the topics beforehand and give the option createTopics: false",
  [codes.nonEmptyGroup]: "the group has consumers: stop them first",
}

/** Says in an `AnnalsError` what a client or a broker said; passes on everything else. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof KafkaFailure)) return error
  const options = { cause: error }
  switch (error.kind) {
    case "unreachable":
      return new AnnalsError(
        "BUS_UNAVAILABLE",
        `Kafka: no broker can be reached: check that they run, their addresses and the network (${error.message})`,
        { ...options, retryable: true },
      )
    case "login":
      return new AnnalsError(
        "BUS_FAILED",
        "Kafka: the brokers refuse the login: check the option sasl",
        options,
      )
    case "unsupported":
      return new AnnalsError(
        "BUS_FAILED",
        `Kafka: the client or the broker can't do that: ${error.message}`,
        options,
      )
    case "protocol": {
      if (error.code === codes.inconsistentProtocol) return otherOrder(options)
      const known = error.code === undefined ? undefined : says[error.code]
      const message = `Kafka: ${known === undefined ? error.message : `${known} (${error.message})`}`
      return isPassing(error)
        ? new AnnalsError("BUS_UNAVAILABLE", message, { ...options, retryable: true })
        : new AnnalsError("BUS_FAILED", message, options)
    }
  }
}

/** Runs, and says in an `AnnalsError` why not. */
export async function translated<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    throw translateError(error)
  }
}

export function topicMissing(topic: string): AnnalsError {
  return new AnnalsError(
    "BUS_FAILED",
    `Kafka has no topic ${topic}: create it, or give the option createTopics: true`,
    { details: { topic } },
  )
}

export function otherOrder(options: { readonly cause?: unknown } = {}): AnnalsError {
  const message =
    "order is another one than that of the group's other consumers, or than it was made with: give the same, or remove the group first"
  return new AnnalsError("INVALID_OPTION", message, { ...options, path: "order" })
}

export function otherPartitions(topic: string, expected: number, actual: number): AnnalsError {
  const message = `partitions is ${expected}, and topic ${topic} has ${actual}: leave the option out, or say what there is`
  return new AnnalsError("INVALID_OPTION", message, { path: "partitions", expected, actual })
}

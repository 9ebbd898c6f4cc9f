/** Error codes of Kafka's protocol, as far as something is done about them. */
export const codes = {
  offsetOutOfRange: 1,
  unknownTopic: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  replicaNotAvailable: 9,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  inconsistentProtocol: 23,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  topicAlreadyExists: 36,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducer: 59,
  nonEmptyGroup: 68,
  groupIdNotFound: 69,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  memberIdRequired: 79,
  fencedInstance: 82,
  unknownTopicId: 100,
  inconsistentTopicId: 103,
} as const

export type FailureKind =
  /** No connection, or no answer. */
  | "unreachable"
  /** The broker refuses the login. */
  | "login"
  /** The broker answered with an error. */
  | "protocol"
  /** The client can't. */
  | "unsupported"

/** What went wrong with a request, whichever client sent it. */
export class KafkaFailure extends Error {
  readonly kind: FailureKind
  /** Of the protocol. */
  readonly code: number | undefined

  constructor(kind: FailureKind, message: string, options: { code?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = "KafkaFailure"
    this.kind = kind
    this.code = options.code
  }
}

/** Not a matter of the connection, which others use as well: who leads has to be asked anew. */
export function brokerGone(node: number): KafkaFailure {
  return new KafkaFailure("protocol", `broker ${node} isn't there (any more)`, {
    code: codes.leaderNotAvailable,
  })
}

export function hasCode(error: unknown, ...wanted: readonly number[]): boolean {
  return error instanceof KafkaFailure && error.code !== undefined && wanted.includes(error.code)
}

/** The cluster has changed: who leads a partition or a group has to be asked anew. */
const moved: ReadonlySet<number> = new Set([
  codes.unknownTopic,
  codes.leaderNotAvailable,
  codes.notLeader,
  codes.replicaNotAvailable,
  codes.coordinatorNotAvailable,
  codes.notCoordinator,
  codes.fencedLeaderEpoch,
  codes.unknownLeaderEpoch,
  codes.unknownTopicId,
  codes.inconsistentTopicId,
])

const passing: ReadonlySet<number> = new Set([
  ...moved,
  2, // CORRUPT_MESSAGE: damaged on the way
  13, // NETWORK_EXCEPTION
  codes.requestTimedOut,
  8, // BROKER_NOT_AVAILABLE
  codes.coordinatorLoading,
  codes.notEnoughReplicas,
  codes.notEnoughReplicasAfterAppend,
  41, // NOT_CONTROLLER
  51, // CONCURRENT_TRANSACTIONS
  56, // KAFKA_STORAGE_ERROR
  78, // OFFSET_NOT_AVAILABLE: who leads has begun to do so just now
  89, // THROTTLING_QUOTA_EXCEEDED
])

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof KafkaFailure)) return false
  return error.kind === "unreachable" || (error.code !== undefined && passing.has(error.code))
}

/** The member isn't one any more, or not of this generation: others have its partitions. */
export function isFenced(error: unknown): boolean {
  return hasCode(error, codes.illegalGeneration, codes.unknownMember, codes.fencedInstance)
}

import type { Socket } from "node:net"
import kafkajs, { type KafkaConfig, type LogEntry } from "kafkajs"
import { checkClient } from "./check-client.ts"
import type {
  FetchedPartition,
  FetchLimits,
  JoinedGroup,
  JoinRequest,
  KafkaBatch,
  KafkaClientFactory,
  KafkaConnection,
  KafkaConnectionSettings,
  KafkaMembership,
  KafkaPartition,
  KafkaPosition,
  KafkaRecord,
  KafkaTopicSpec,
  ProducedPartition,
  ProduceOptions,
  ProducerIdentity,
} from "./kafka-client.ts"
import { brokerGone, codes, KafkaFailure } from "./kafka-failure.ts"

/** What kafkajs doesn't declare of its own: its version is pinned exactly. */
interface Cluster {
  findControllerBroker(): Promise<Broker>
  disconnect(): Promise<void>
  readonly brokerPool: {
    readonly brokers: Readonly<Record<string, unknown>>
    connect(): Promise<void>
    refreshMetadata(topics: readonly string[]): Promise<void>
    findBroker(node: { nodeId: number }): Promise<Broker>
    findConnectedBroker(): Promise<Broker>
  }
  readonly connectionPoolBuilder: {
    build(destination?: object): Promise<ConnectionPool>
  }
}

interface TopicMetadata {
  readonly topic: string
  readonly topicErrorCode: number
  readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
}

interface ConnectionPool {
  readonly pool: readonly SocketOwner[]
  send(protocol: Protocol): Promise<unknown>
}

interface SocketOwner {
  readonly requestQueue: RequestQueue
  socketFactory: (options: object) => Socket
}

interface Protocol {
  readonly request: { readonly apiKey: number }
  readonly response: { parse(data: unknown): Promise<unknown> }
}

type Request = (request: object) => Promise<Response>
type Broker = Readonly<
  Record<
    | "fetch"
    | "produce"
    | "initProducerId"
    | "joinGroup"
    | "syncGroup"
    | "heartbeat"
    | "leaveGroup"
    | "offsetCommit"
    | "offsetFetch"
    | "listOffsets"
    | "createTopics"
    | "deleteTopics"
    | "findGroupCoordinator",
    Request
  >
> & {
  deleteGroups(groupIds: readonly string[]): Promise<Response>
  metadata(topics: readonly string[]): Promise<{ readonly topicMetadata: readonly TopicMetadata[] }>
}

/** The union of what is read of answers. */
interface Response {
  readonly producerId: string
  readonly producerEpoch: number
  readonly memberId: string
  readonly leaderId: string
  readonly generationId: number
  readonly groupProtocol: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
  readonly memberAssignment: Buffer
  readonly coordinator: { readonly nodeId: number }
  readonly results: readonly { readonly errorCode: number }[]
  readonly responses: readonly TopicResponse[]
  readonly topics: readonly TopicResponse[]
}

interface TopicResponse {
  readonly topic: string
  readonly topicName: string
  readonly partitions: readonly {
    readonly partition: number
    readonly errorCode: number
    readonly offset: string
    readonly messages: readonly Message[]
  }[]
}

interface Message {
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | Buffer[]>>
  readonly isControlRecord: boolean
}

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(): void
}

/** A name that no topic has: asking for it tells who the brokers are. */
const nothing = ["-"]

/** kafkajs as the client of a bus: the default. */
export const kafkajsClient: KafkaClientFactory = {
  name: "kafkajs",
  connect: (settings) => new KafkajsConnection(settings),
}

/** Uses kafkajs for its protocol and its connections only: its producer and its consumer have minds of their own about retries, rebalances and restarts. */
class KafkajsConnection implements KafkaConnection {
  readonly #cluster: Cluster
  /** By group: each has its own. */
  readonly #coordinators = new Map<string, Promise<Broker>>()

  constructor(settings: KafkaConnectionSettings) {
    this.#cluster = openCluster(settings)
  }

  async leaders(topic: string): Promise<readonly number[] | undefined> {
    const found = (await this.#metadata([topic])).find((each) => each.topic === topic)
    const code = found?.topicErrorCode ?? codes.unknownTopic
    if (code === codes.unknownTopic) return undefined
    if (code !== 0) throw new KafkaFailure("protocol", `no metadata of topic ${topic}`, { code })
    return found?.partitionMetadata
      .toSorted((a, b) => a.partitionId - b.partitionId)
      .map(({ leader }) => leader)
  }

  async topicNames(): Promise<readonly string[]> {
    return (await this.#metadata([])).map(({ topic }) => topic)
  }

  async brokerCount(): Promise<number> {
    await this.#refreshBrokers()
    return Object.keys(this.#cluster.brokerPool.brokers).length
  }

  async createTopics(topics: readonly KafkaTopicSpec[]): Promise<void> {
    await this.#refreshBrokers()
    await attempt(async () => {
      const controller = checkBroker(await this.#cluster.findControllerBroker())
      const specs = topics.map(({ name, partitions, replicationFactor, config }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      }))
      await controller.createTopics({ topics: specs })
    }, codes.topicAlreadyExists)
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#refreshBrokers()
    await attempt(async () => {
      const controller = checkBroker(await this.#cluster.findControllerBroker())
      await controller.deleteTopics({ topics: names })
    }, codes.unknownTopic)
  }

  async offsets(
    leader: number,
    partitions: readonly KafkaPartition[],
    which: "start" | "end",
  ): Promise<readonly KafkaPosition[]> {
    const timestamp = which === "start" ? -2 : -1
    const topics = byTopic(partitions, ({ partition }) => ({ partition, timestamp }))
    const { responses } = await this.#ask(leader, (broker) =>
      broker.listOffsets({ isolationLevel: 0, topics }),
    )
    return positionsOf(responses)
  }

  async newProducer(): Promise<ProducerIdentity> {
    await this.#refreshBrokers()
    const [broker] = Object.keys(this.#cluster.brokerPool.brokers)
    const { producerId, producerEpoch } = await this.#ask(Number(broker), (asked) =>
      asked.initProducerId({ transactionalId: null, transactionTimeout: 60_000 }),
    )
    return { id: BigInt(producerId), epoch: producerEpoch }
  }

  async produce(
    leader: number,
    batches: readonly KafkaBatch[],
    options: ProduceOptions,
  ): Promise<readonly ProducedPartition[]> {
    const { producer, compression, timeoutMs } = options
    const topicData = byTopic(batches, ({ partition, firstSequence, messages }) => ({
      partition,
      firstSequence,
      messages,
    }))
    const { topics } = await this.#ask(leader, (broker) =>
      broker.produce({
        topicData,
        producerId: producer.id.toString(),
        producerEpoch: producer.epoch,
        timeout: timeoutMs,
        compression: compression === "gzip" ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None,
      }),
    )
    return topics.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partition, errorCode }) => ({ topic, partition, errorCode })),
    )
  }

  async fetch(
    leader: number,
    positions: readonly KafkaPosition[],
    { maxWaitMs, maxBytes, maxBytesPerPartition }: FetchLimits,
  ): Promise<readonly FetchedPartition[]> {
    const topics = byTopic(positions, ({ partition, offset }) => ({
      partition,
      fetchOffset: String(offset),
      maxBytes: maxBytesPerPartition,
    }))
    const { responses } = await this.#ask(leader, (broker) =>
      broker.fetch({ maxWaitTime: maxWaitMs, minBytes: 1, maxBytes, isolationLevel: 0, topics }),
    )
    const asked = new Map(positions.map((each) => [`${each.topic} ${each.partition}`, each.offset]))
    return responses.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partition, errorCode, messages }) => ({
        topic,
        partition,
        errorCode,
        ...readFrom(asked.get(`${topic} ${partition}`) ?? 0, messages),
      })),
    )
  }

  async joinGroup(request: JoinRequest): Promise<JoinedGroup> {
    const { groupId, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocol, subscription } = request
    const joined = await this.#askCoordinator(groupId, (broker) =>
      broker.joinGroup({
        groupId,
        memberId,
        sessionTimeout: sessionTimeoutMs,
        rebalanceTimeout: rebalanceTimeoutMs,
        groupProtocols: [{ name: protocol, metadata: subscription }],
      }),
    )
    const members = joined.members.map((each) => ({
      memberId: each.memberId,
      subscription: each.memberMetadata,
    }))
    return {
      groupId,
      memberId: joined.memberId,
      generation: joined.generationId,
      protocol: joined.groupProtocol,
      isLeader: joined.leaderId === joined.memberId,
      members,
    }
  }

  async syncGroup(
    { groupId, generation, memberId }: KafkaMembership,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<Buffer> {
    const groupAssignment = Array.from(assignments, ([member, memberAssignment]) => ({
      memberId: member,
      memberAssignment,
    }))
    const { memberAssignment } = await this.#askCoordinator(groupId, (broker) =>
      broker.syncGroup({ groupId, generationId: generation, memberId, groupAssignment }),
    )
    return memberAssignment
  }

  async heartbeat({ groupId, generation, memberId }: KafkaMembership): Promise<void> {
    await this.#askCoordinator(groupId, (broker) =>
      broker.heartbeat({ groupId, groupGenerationId: generation, memberId }),
    )
  }

  async leaveGroup({ groupId, memberId }: Pick<KafkaMembership, "groupId" | "memberId">): Promise<void> {
    await this.#askCoordinator(groupId, (broker) => broker.leaveGroup({ groupId, memberId }))
  }

  async commit(
    { groupId, generation, memberId }: KafkaMembership,
    positions: readonly KafkaPosition[],
  ): Promise<void> {
    const topics = byTopic(positions, ({ partition, offset }) => ({ partition, offset: String(offset) }))
    await this.#askCoordinator(groupId, (broker) =>
      broker.offsetCommit({ groupId, groupGenerationId: generation, memberId, topics }),
    )
  }

  async committed(groupId: string, partitions: readonly KafkaPartition[]): Promise<readonly KafkaPosition[]> {
    const topics = byTopic(partitions, ({ partition }) => ({ partition }))
    const { responses } = await this.#askCoordinator(groupId, (broker) =>
      broker.offsetFetch({ groupId, topics }),
    )
    return positionsOf(responses)
  }

  async deleteGroup(groupId: string): Promise<void> {
    const { results } = await this.#askCoordinator(groupId, (broker) => broker.deleteGroups([groupId]))
    const code = results[0]?.errorCode ?? 0
    if (code !== 0 && code !== codes.groupIdNotFound)
      throw new KafkaFailure("protocol", `the group can't be removed (error ${code})`, { code })
  }

  async close(): Promise<void> {
    await attempt(() => this.#cluster.disconnect())
  }

  /** Learns who the brokers are: kafkajs keeps that. */
  async #refreshBrokers(): Promise<void> {
    const pool = this.#cluster.brokerPool
    await attempt(async () => {
      await pool.connect()
      await pool.refreshMetadata(nothing)
    })
  }

  /** Asks for these topics, or all. What kafkajs keeps of the answer is of whoever asked last. */
  async #metadata(topics: readonly string[]): Promise<readonly TopicMetadata[]> {
    await this.#refreshBrokers()
    return attempt(async () => {
      const broker = checkBroker(await this.#cluster.brokerPool.findConnectedBroker())
      return (await broker.metadata(topics)).topicMetadata
    })
  }

  /** Who leads what may be known from a connection before this one, which hasn't learned who the brokers are. */
  async #ask(node: number, request: (broker: Broker) => Promise<Response>): Promise<Response> {
    const pool = this.#cluster.brokerPool
    if (pool.brokers[node] === undefined) await this.#refreshBrokers()
    if (pool.brokers[node] === undefined) throw brokerGone(node)
    return attempt(async () => request(checkBroker(await pool.findBroker({ nodeId: node }))))
  }

  /** Asks for the coordinator once, and again after a failure, of which it may be the reason. */
  async #askCoordinator(groupId: string, request: (broker: Broker) => Promise<Response>): Promise<Response> {
    const found = this.#coordinators.get(groupId) ?? this.#findCoordinator(groupId)
    this.#coordinators.set(groupId, found)
    try {
      const broker = await found
      return await attempt(() => request(broker))
    } catch (error) {
      if (this.#coordinators.get(groupId) === found) this.#coordinators.delete(groupId)
      throw error
    }
  }

  /** Not by that of kafkajs, which doesn't say why it finds none. */
  async #findCoordinator(groupId: string): Promise<Broker> {
    await this.#refreshBrokers()
    const pool = this.#cluster.brokerPool
    return attempt(async () => {
      const { coordinator } = await (await pool.findConnectedBroker()).findGroupCoordinator({ groupId })
      return checkBroker(await pool.findBroker({ nodeId: coordinator.nodeId }))
    })
  }
}

class KafkajsRecord implements KafkaRecord {
  readonly offset: number
  readonly #message: Message

  constructor(message: Message) {
    this.offset = Number(message.offset)
    this.#message = message
  }

  get key(): Buffer | null {
    return this.#message.key
  }

  get value(): Buffer | null {
    return this.#message.value
  }

  header(name: string): Buffer | undefined {
    const value = this.#message.headers[name]
    return Array.isArray(value) ? value.at(-1) : value
  }
}

function readFrom(
  asked: number,
  messages: readonly Message[],
): Pick<FetchedPartition, "records" | "nextOffset"> {
  const records: KafkaRecord[] = []
  let nextOffset = asked
  for (const message of messages) {
    const record = new KafkajsRecord(message)
    if (record.offset < asked) continue // a compressed batch comes as a whole
    nextOffset = record.offset + 1
    if (!message.isControlRecord) records.push(record)
  }
  return { records, nextOffset }
}

function positionsOf(responses: Response["responses"]): readonly KafkaPosition[] {
  return responses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
  )
}

function byTopic<Item extends KafkaPartition, Entry>(
  items: readonly Item[],
  toEntry: (item: Item) => Entry,
): readonly { readonly topic: string; readonly partitions: readonly Entry[] }[] {
  return Array.from(
    Map.groupBy(items, ({ topic }) => topic),
    ([topic, entries]) => ({ topic, partitions: entries.map(toEntry) }),
  )
}

/** The cluster is what kafkajs gives to an assigner of partitions. Nothing is retried in here. */
function openCluster(settings: KafkaConnectionSettings): Cluster {
  let cluster: unknown
  new kafkajs.Kafka(configOf(settings)).consumer({
    groupId: "-",
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (given) => {
        cluster = given.cluster
        return {
          name: "-",
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: "-", metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  checkCluster(cluster)
  return withOwnWays(cluster as Cluster)
}

const client = "kafkajs 2.2.4"

function checkCluster(given: unknown): void {
  const { brokerPool, connectionPoolBuilder } = Object(given) as Partial<Cluster>
  checkClient(client, "a cluster", given, ["findControllerBroker", "disconnect"])
  const ofPool = ["connect", "refreshMetadata", "findBroker", "findConnectedBroker"]
  checkClient(client, "a pool of brokers", brokerPool, ofPool)
  checkClient(client, "a builder of connections", connectionPoolBuilder, ["build"])
}

const ofBroker = [
  ...["metadata", "fetch", "produce", "initProducerId", "listOffsets", "createTopics", "deleteTopics"],
  ...["joinGroup", "syncGroup", "heartbeat", "leaveGroup", "offsetCommit", "offsetFetch", "deleteGroups"],
  "findGroupCoordinator",
]

function checkBroker(broker: Broker): Broker {
  checkClient(client, "a broker", broker, ofBroker)
  return broker
}

function configOf(settings: KafkaConnectionSettings): KafkaConfig {
  const { brokers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs, logger } = settings
  return {
    brokers: [...brokers],
    clientId,
    connectionTimeout: connectTimeoutMs,
    authenticationTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.WARN,
    // What fails is thrown as well, and then told where it matters: this is for who looks closely. Its further fields may hold anything.
    logCreator: () => (entry: LogEntry) => {
      if (entry.level <= kafkajs.logLevel.WARN && !isAnswer(entry))
        logger?.debug(`kafkajs: ${entry.log.message}`)
    },
    ...(tls === undefined ? {} : { ssl: tls }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  }
}

/** A broker refuses something whenever a group shares out anew, and when it starts: that is ordinary, and without the reason, which is dropped, says nothing. */
function isAnswer({ log }: LogEntry): boolean {
  return log.message.startsWith("Response ")
}

function saslOf(sasl: NonNullable<KafkaConnectionSettings["sasl"]>): NonNullable<KafkaConfig["sasl"]> {
  if (sasl.mechanism === "oauthbearer") {
    const { mechanism, token } = sasl
    return { mechanism, oauthBearerProvider: async () => ({ value: await token() }) }
  }
  // A new object: kafkajs puts into it how to log in, which would go along wherever it is copied.
  const { mechanism, username, password } = sasl
  return { mechanism, username, password } as NonNullable<KafkaConfig["sasl"]>
}

function withOwnWays(cluster: Cluster): Cluster {
  const { connectionPoolBuilder } = cluster
  const build = connectionPoolBuilder.build
  connectionPoolBuilder.build = async (destination) => {
    const built = await build(destination)
    checkClient(client, "a pool of connections", built, ["send"])
    for (const owner of built.pool) {
      checkClient(client, "a connection", owner, ["socketFactory"])
      checkClient(client, "a queue of requests", owner.requestQueue, ["scheduleCheckPendingRequests"])
      quietTimers(owner.requestQueue)
      quietSockets(owner)
    }
    answerForEachPartition(built)
    return built
  }
  return cluster
}

/**
 * After each answer kafkajs sets a timer to look whether a request waits for its turn, also when none does, and then for a time that is long gone: on Node 24 that is
 * a warning. Without a request that waits the timer is for nothing.
 */
function quietTimers(queue: RequestQueue): void {
  const schedule = queue.scheduleCheckPendingRequests
  queue.scheduleCheckPendingRequests = () => {
    if (queue.pending.length > 0) schedule.call(queue)
  }
}

/**
 * Whenever a broker can't be reached kafkajs lets go of its sockets, of those that were lost before as well, and each time of such a one a listener is added: on the
 * eleventh Node warns. They go with the socket.
 */
function quietSockets(owner: SocketOwner): void {
  const create = owner.socketFactory
  owner.socketFactory = (options) => create(options).setMaxListeners(0)
}

/** Produce, Fetch, Metadata. */
const answeredByPartition: ReadonlySet<number> = new Set([0, 1, 3])

/** kafkajs throws the first error that any partition has, and with it what others answered. */
function answerForEachPartition(connections: ConnectionPool): void {
  const send = connections.send
  connections.send = (protocol) => {
    if (!answeredByPartition.has(protocol.request.apiKey)) return send.call(connections, protocol)
    const response = { ...protocol.response, parse: async (data: unknown) => data }
    return send.call(connections, { ...protocol, response })
  }
}

/** `ignored`: what it asked for is so already. */
async function attempt<Result>(run: () => Promise<Result>, ignored?: number): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const failures = failuresOf(error)
    const failure = failures.find(({ code }) => code === undefined || code !== ignored)
    if (failure === undefined) return undefined as Result
    throw failure
  }
}

interface KafkajsError extends Error {
  readonly code?: number | string
  readonly errors?: readonly unknown[]
}

function failuresOf(error: unknown): readonly KafkaFailure[] {
  if (error instanceof KafkaFailure) return [error]
  const { errors = [] } = error as KafkajsError
  if (errors.length > 0) return errors.flatMap(failuresOf)
  return [failureOf(error as KafkajsError)]
}

function failureOf(error: KafkajsError): KafkaFailure {
  const causes: KafkajsError[] = []
  for (let next: unknown = error; next instanceof Error && causes.length < 8; next = next.cause)
    causes.push(next as KafkajsError)
  const coded = causes.find(({ code }) => typeof code === "number")
  if (causes.some(({ name }) => name === "KafkaJSSASLAuthenticationError"))
    return new KafkaFailure("login", error.message, { cause: error })
  if (typeof coded?.code === "number")
    return new KafkaFailure("protocol", coded.message, { code: coded.code, cause: error })
  if (causes.some(({ name }) => /NotImplemented|ServerDoesNotSupport/.test(name)))
    return new KafkaFailure("unsupported", error.message, { cause: error })
  return new KafkaFailure("unreachable", error.message, { cause: error })
}

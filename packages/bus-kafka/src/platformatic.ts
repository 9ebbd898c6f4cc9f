import {
  type API,
  Base,
  type Broker,
  type Connection,
  type createTopicsV7,
  type deleteGroupsV2,
  type deleteTopicsV6,
  type fetchV17,
  type findCoordinatorV6,
  type heartbeatV4,
  type initProducerIdV5,
  type joinGroupV9,
  kGetApi,
  kGetBootstrapConnection,
  kGetConnection,
  type leaveGroupV5,
  type listOffsetsV9,
  type metadataV12,
  NumericMap,
  type offsetCommitV9,
  type offsetFetchV9,
  type produceV11,
  type RecordsBatch,
  type SASLOptions,
  type syncGroupV5,
} from "@platformatic/kafka"
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

/**
 * `@platformatic/kafka` as the client of a bus. Needs Node 22.22 or newer, or 24.6 or newer.
 *
 * @example
 * import { platformatic } from "@annals/bus-kafka/platformatic"
 * const bus = createKafkaBus({ brokers: ["127.0.0.1:9092"], client: platformatic })
 */
export const platformatic: KafkaClientFactory = {
  name: "platformatic",
  connect: (settings) => new PlatformaticConnection(settings),
}

const client = "@platformatic/kafka 2.12.1"

/** The requests that are sent, in the form of their newest version: older ones take and answer the same, but for what is said below. */
interface Apis {
  readonly Metadata: typeof metadataV12.api
  readonly CreateTopics: typeof createTopicsV7.api
  readonly DeleteTopics: typeof deleteTopicsV6.api
  readonly ListOffsets: typeof listOffsetsV9.api
  readonly InitProducerId: typeof initProducerIdV5.api
  readonly Produce: typeof produceV11.api
  readonly Fetch: typeof fetchV17.api
  readonly FindCoordinator: typeof findCoordinatorV6.api
  readonly JoinGroup: typeof joinGroupV9.api
  readonly SyncGroup: typeof syncGroupV5.api
  readonly Heartbeat: typeof heartbeatV4.api
  readonly LeaveGroup: typeof leaveGroupV5.api
  readonly OffsetCommit: typeof offsetCommitV9.api
  readonly OffsetFetch: typeof offsetFetchV9.api
  readonly DeleteGroups: typeof deleteGroupsV2.api
}

type ArgsOf<Name extends keyof Apis> = Apis[Name] extends API<infer Args, infer _Response> ? Args : never
type ResponseOf<Name extends keyof Apis> =
  Apis[Name] extends API<infer _Args, infer Response> ? Response : never

interface Answer<Name extends keyof Apis> {
  readonly response: ResponseOf<Name>
  /** Of the request. */
  readonly version: number
}

/** Uses its protocol and its connections only: its producer and its consumer have minds of their own about retries and rebalances. */
class PlatformaticConnection implements KafkaConnection {
  readonly #base: Base
  readonly #brokers = new Map<number, Broker>()
  readonly #topicIds = new Map<string, string>()
  #controller = -1
  /** By group: each has its own. */
  readonly #coordinators = new Map<string, Promise<Broker>>()

  constructor(settings: KafkaConnectionSettings) {
    this.#base = new Base(optionsOf(settings))
    checkClient(client, "its base", this.#base, [kGetApi, kGetBootstrapConnection, kGetConnection])
    checkClient(client, "its pool of connections", this.#base.connections, ["on", "close"])
    // An error that nobody listens to would end the process; who waits for an answer is told in any case.
    this.#base.connections.on("connecting", ({ connection }) => void connection.on("error", () => {}))
  }

  async leaders(topic: string): Promise<readonly number[] | undefined> {
    const found = (await this.#metadata([topic])).topics.find(({ name }) => name === topic)
    const code = found?.errorCode ?? codes.unknownTopic
    if (code === codes.unknownTopic) return undefined
    if (code !== 0) throw new KafkaFailure("protocol", `no metadata of topic ${topic}`, { code })
    return found?.partitions
      .toSorted((a, b) => a.partitionIndex - b.partitionIndex)
      .map(({ leaderId }) => leaderId)
  }

  async topicNames(): Promise<readonly string[]> {
    return (await this.#metadata(null)).topics.flatMap(({ name }) => name ?? [])
  }

  async brokerCount(): Promise<number> {
    return (await this.#metadata([])).brokers.length
  }

  async createTopics(topics: readonly KafkaTopicSpec[]): Promise<void> {
    await this.#metadata([])
    const specs = topics.map(({ name, partitions, replicationFactor, config }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    }))
    await ignoring(codes.topicAlreadyExists, this.#ask(this.#controller, "CreateTopics", specs, 5_000, false))
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#metadata([])
    const topics = names.map((name) => ({ name, topicId: noId }))
    await ignoring(codes.unknownTopic, this.#ask(this.#controller, "DeleteTopics", topics, 5_000))
  }

  async offsets(
    leader: number,
    partitions: readonly KafkaPartition[],
    which: "start" | "end",
  ): Promise<readonly KafkaPosition[]> {
    const timestamp = which === "start" ? -2n : -1n
    const topics = byTopic(partitions, ({ partition }) => ({
      partitionIndex: partition,
      currentLeaderEpoch: -1,
      timestamp,
    }))
    const { response } = await this.#ask(leader, "ListOffsets", -1, 0, topics)
    return response.topics.flatMap(({ name: topic, partitions: answers }) =>
      answers.map(({ partitionIndex: partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    )
  }

  async newProducer(): Promise<ProducerIdentity> {
    await this.#metadata([])
    const [broker = -1] = this.#brokers.keys()
    const { response } = await this.#ask(broker, "InitProducerId", null, 60_000, -1n, -1)
    return { id: response.producerId, epoch: response.producerEpoch }
  }

  async produce(
    leader: number,
    batches: readonly KafkaBatch[],
    { producer, compression, timeoutMs }: ProduceOptions,
  ): Promise<readonly ProducedPartition[]> {
    const sequences = new NumericMap()
    const messages = batches.flatMap(({ topic, partition, firstSequence, messages: those }) => {
      sequences.set(`${topic}:${partition}`, firstSequence)
      return those.map(({ key, value, headers }) => ({
        topic,
        partition,
        key: Buffer.from(key),
        value: value as Buffer, // its type knows no tombstones, its code does
        headers: new Map(
          Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
        ),
      }))
    })
    const options = { compression, producerId: producer.id, producerEpoch: producer.epoch, sequences }
    const { response } = await this.#ask(leader, "Produce", -1, timeoutMs, messages, options)
    if (typeof response === "boolean") return []
    return response.responses.flatMap(({ name: topic, partitionResponses }) =>
      partitionResponses.map(({ index: partition, errorCode }) => ({ topic, partition, errorCode })),
    )
  }

  async fetch(
    leader: number,
    positions: readonly KafkaPosition[],
    { maxWaitMs, maxBytes, maxBytesPerPartition }: FetchLimits,
  ): Promise<readonly FetchedPartition[]> {
    const api = await this.#api("Fetch")
    const ids = new Map<string, string>()
    for (const { topic } of positions) {
      if (!ids.has(topic)) ids.set(topic, api.version <= 12 ? topic : await this.#topicId(topic))
    }
    const topics = byTopic(positions, ({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: maxBytesPerPartition,
    })).map(({ name, partitions }) => ({ topicId: ids.get(name) as string, partitions }))
    const { response } = await this.#ask(leader, "Fetch", maxWaitMs, 1, maxBytes, 0, 0, -1, topics, [], "")
    if (response.errorCode !== 0) throw refused("Fetch", response.errorCode)
    const names = new Map(Array.from(ids, ([name, id]) => [id, name]))
    const asked = new Map(positions.map((each) => [`${each.topic} ${each.partition}`, each.offset]))
    return response.responses.flatMap(({ topicId, partitions }) => {
      const topic = names.get(topicId) as string
      return partitions.map(({ partitionIndex: partition, errorCode, records }) => ({
        topic,
        partition,
        errorCode,
        ...readFrom(asked.get(`${topic} ${partition}`) ?? 0, records ?? []),
      }))
    })
  }

  async joinGroup(request: JoinRequest): Promise<JoinedGroup> {
    const { groupId, sessionTimeoutMs, rebalanceTimeoutMs, protocol, subscription } = request
    const join = async (memberId: string): Promise<ResponseOf<"JoinGroup">> => {
      const protocols = [{ name: protocol, metadata: subscription }]
      const { response } = await this.#askCoordinator(
        groupId,
        "JoinGroup",
        ...([
          groupId,
          sessionTimeoutMs,
          rebalanceTimeoutMs,
          memberId,
          null,
          "consumer",
          protocols,
          null,
        ] as const),
      )
      return response
    }
    const joined = await join(request.memberId).catch((error: unknown) => {
      const given = newMemberId(error)
      if (given === undefined) throw error
      return join(given)
    })
    return {
      groupId,
      memberId: joined.memberId,
      generation: joined.generationId,
      protocol: joined.protocolName ?? protocol,
      isLeader: joined.leader === joined.memberId,
      members: joined.members.map(({ memberId, metadata }) => ({ memberId, subscription: metadata })),
    }
  }

  async syncGroup(
    { groupId, generation, memberId, protocol }: KafkaMembership,
    assignments: ReadonlyMap<string, Buffer>,
  ): Promise<Buffer> {
    const entries = Array.from(assignments, ([member, assignment]) => ({ memberId: member, assignment }))
    const { response } = await this.#askCoordinator(
      groupId,
      "SyncGroup",
      ...([groupId, generation, memberId, null, "consumer", protocol, entries] as const),
    )
    return response.assignment
  }

  async heartbeat({ groupId, generation, memberId }: KafkaMembership): Promise<void> {
    await this.#askCoordinator(groupId, "Heartbeat", groupId, generation, memberId, null)
  }

  async leaveGroup({ groupId, memberId }: Pick<KafkaMembership, "groupId" | "memberId">): Promise<void> {
    await this.#askCoordinator(groupId, "LeaveGroup", groupId, [{ memberId }])
  }

  async commit(
    { groupId, generation, memberId }: KafkaMembership,
    positions: readonly KafkaPosition[],
  ): Promise<void> {
    const topics = byTopic(positions, ({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }))
    await this.#askCoordinator(groupId, "OffsetCommit", groupId, generation, memberId, null, topics)
  }

  async committed(groupId: string, partitions: readonly KafkaPartition[]): Promise<readonly KafkaPosition[]> {
    const topics = byTopic(partitions, ({ partition }) => partition)
    const asked = topics.map(({ name, partitions: partitionIndexes }) => ({ name, partitionIndexes }))
    const group = { groupId, memberId: null, memberEpoch: -1, topics: asked }
    const { response, version } = await this.#askCoordinator(groupId, "OffsetFetch", [group], false)
    // Up to version 7 an answer is about one group.
    type Group = (typeof response.groups)[number]
    const found = version < 8 ? (response as unknown as Group) : (response.groups[0] as Group)
    return found.topics.flatMap(({ name: topic, partitions: answers }) =>
      answers.map(({ partitionIndex: partition, committedOffset }) => ({
        topic,
        partition,
        offset: Number(committedOffset),
      })),
    )
  }

  async deleteGroup(groupId: string): Promise<void> {
    await ignoring(codes.groupIdNotFound, this.#askCoordinator(groupId, "DeleteGroups", [groupId]))
  }

  async close(): Promise<void> {
    await attempt((done) => this.#base.connections.close((error) => done(error)))
  }

  async #metadata(topics: string[] | null): Promise<ResponseOf<"Metadata">> {
    const connection = await attempt<Connection>((done) => this.#base[kGetBootstrapConnection](done))
    const { response } = await this.#send(connection, "Metadata", topics, false, false)
    this.#controller = response.controllerId
    this.#brokers.clear()
    for (const { nodeId, host, port } of response.brokers) this.#brokers.set(nodeId, { host, port })
    for (const { name, topicId } of response.topics) {
      if (typeof name === "string") this.#topicIds.set(name, topicId)
    }
    return response
  }

  async #topicId(topic: string): Promise<string> {
    const known = this.#topicIds.get(topic)
    if (known !== undefined) return known
    await this.#metadata([topic])
    const id = this.#topicIds.get(topic)
    if (id === undefined) throw refused("Metadata", codes.unknownTopic)
    return id
  }

  async #ask<Name extends keyof Apis>(
    node: number,
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<Answer<Name>> {
    if (!this.#brokers.has(node)) await this.#metadata([])
    const broker = this.#brokers.get(node)
    if (broker === undefined) throw brokerGone(node)
    return this.#askBroker(broker, name, ...args)
  }

  /** Asks for the coordinator once, and again after a failure, of which it may be the reason. */
  async #askCoordinator<Name extends keyof Apis>(
    groupId: string,
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<Answer<Name>> {
    const found = this.#coordinators.get(groupId) ?? this.#findCoordinator(groupId)
    this.#coordinators.set(groupId, found)
    try {
      return await this.#askBroker(await found, name, ...args)
    } catch (error) {
      if (this.#coordinators.get(groupId) === found) this.#coordinators.delete(groupId)
      throw error
    }
  }

  async #findCoordinator(groupId: string): Promise<Broker> {
    const connection = await attempt<Connection>((done) => this.#base[kGetBootstrapConnection](done))
    const { response } = await this.#send(connection, "FindCoordinator", 0, [groupId])
    const [found] = response.coordinators // in older versions it has no key: it's the only one in any case
    if (found === undefined || found.errorCode !== 0)
      throw refused("FindCoordinator", found?.errorCode ?? codes.coordinatorNotAvailable)
    return { host: found.host, port: found.port }
  }

  async #askBroker<Name extends keyof Apis>(
    broker: Broker,
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<Answer<Name>> {
    const connection = await attempt<Connection>((done) => this.#base[kGetConnection](broker, done))
    return this.#send(connection, name, ...args)
  }

  async #send<Name extends keyof Apis>(
    connection: Connection,
    name: Name,
    ...args: ArgsOf<Name>
  ): Promise<Answer<Name>> {
    const api = await this.#api(name)
    const response = await attempt<ResponseOf<Name>>(
      (done) => api(connection, ...args, done),
      answeredByPartition.has(name),
    )
    return { response, version: api.version }
  }

  #api<Name extends keyof Apis>(name: Name): Promise<API<ArgsOf<Name>, ResponseOf<Name>>> {
    return attempt((done) => this.#base[kGetApi]<ArgsOf<Name>, ResponseOf<Name>>(name, done))
  }
}

class PlatformaticRecord implements KafkaRecord {
  readonly offset: number
  readonly #raw: RecordsBatch["records"][number]

  constructor(offset: number, raw: RecordsBatch["records"][number]) {
    this.offset = offset
    this.#raw = raw
  }

  get key(): Buffer | null {
    return this.#raw.key
  }

  get value(): Buffer | null {
    return this.#raw.value
  }

  header(name: string): Buffer | undefined {
    for (const [key, value] of this.#raw.headers) {
      if (key?.length === name.length && key.toString("latin1") === name) return value ?? undefined
    }
    return undefined
  }
}

/** A topic that is named has none. */
const noId = "00000000-0000-0000-0000-000000000000"
const isControl = 1 << 5

/** Their answers are taken as they are, also when they tell of errors. */
const answeredByPartition: ReadonlySet<keyof Apis> = new Set(["Metadata", "Produce", "Fetch"])

function readFrom(
  asked: number,
  batches: readonly RecordsBatch[],
): Pick<FetchedPartition, "records" | "nextOffset"> {
  const records: KafkaRecord[] = []
  let nextOffset = asked
  for (const batch of batches) {
    const first = Number(batch.firstOffset)
    nextOffset = first + batch.lastOffsetDelta + 1
    if (batch.attributes & isControl) continue
    for (const raw of batch.records) {
      const offset = first + raw.offsetDelta
      if (offset >= asked) records.push(new PlatformaticRecord(offset, raw)) // a batch comes as a whole
    }
  }
  return { records, nextOffset: Math.max(asked, nextOffset) }
}

function byTopic<Item extends KafkaPartition, Entry>(
  items: readonly Item[],
  toEntry: (item: Item) => Entry,
): { name: string; partitions: Entry[] }[] {
  return Array.from(
    Map.groupBy(items, ({ topic }) => topic),
    ([name, entries]) => ({ name, partitions: entries.map(toEntry) }),
  )
}

function optionsOf(settings: KafkaConnectionSettings): ConstructorParameters<typeof Base>[0] {
  const { brokers, clientId, tls, sasl, connectTimeoutMs, requestTimeoutMs } = settings
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: connectTimeoutMs,
    requestTimeout: requestTimeoutMs,
    retries: 0,
    autocreateTopics: false,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
  }
}

const mechanisms = {
  plain: "PLAIN",
  "scram-sha-256": "SCRAM-SHA-256",
  "scram-sha-512": "SCRAM-SHA-512",
} as const

function saslOf(sasl: NonNullable<KafkaConnectionSettings["sasl"]>): SASLOptions {
  if (sasl.mechanism === "oauthbearer") return { mechanism: "OAUTHBEARER", token: sasl.token }
  const { mechanism, username, password } = sasl
  return { mechanism: mechanisms[mechanism], username, password }
}

/** `withErrors`: an answer counts also when it tells of errors. */
function attempt<Result>(
  run: (done: (error?: Error | null, result?: Result) => void) => void,
  withErrors = false,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    run((error, result) => {
      if (!error) return resolve(result as Result)
      const response = withErrors ? (error as PlatformaticError).response : undefined
      if (response === undefined) reject(failureOf(error))
      else resolve(response as Result)
    })
  })
}

async function ignoring(code: number, answer: Promise<unknown>): Promise<void> {
  try {
    await answer
  } catch (error) {
    const others = errorsIn(error).filter(({ apiCode }) => apiCode !== undefined && apiCode !== code)
    const [other] = others
    if (other !== undefined) throw failureOf(other)
    if (!errorsIn(error).some(({ apiCode }) => apiCode === code)) throw error
  }
}

interface PlatformaticError extends Error {
  readonly code?: string
  /** Of the protocol. */
  readonly apiCode?: number
  readonly errors?: readonly unknown[]
  readonly response?: unknown
}

/** The error, what caused it, and what it is made of. */
function errorsIn(error: unknown): readonly PlatformaticError[] {
  if (!(error instanceof Error)) return []
  const { errors = [], cause } = error as PlatformaticError
  return [error, ...errors.flatMap(errorsIn), ...errorsIn(cause)]
}

function failureOf(error: Error): KafkaFailure {
  const all = errorsIn(error)
  const cause = error
  if (all.some(({ code }) => code === "PLT_KFK_AUTHENTICATION"))
    return new KafkaFailure("login", error.message, { cause })
  const coded = all.find(({ apiCode }) => apiCode !== undefined)
  if (coded?.apiCode !== undefined)
    return new KafkaFailure("protocol", coded.message, { code: coded.apiCode, cause })
  if (all.some(({ code }) => code?.startsWith("PLT_KFK_UNSUPPORTED") === true))
    return new KafkaFailure("unsupported", error.message, { cause })
  return new KafkaFailure("unreachable", all.map(({ message }) => message).join(": "), { cause })
}

/** What a new member is told to join again by. */
function newMemberId(error: unknown): string | undefined {
  const required = errorsIn(error).find(({ apiCode }) => apiCode === codes.memberIdRequired)
  return (required as { readonly memberId?: string } | undefined)?.memberId
}

function refused(request: string, code: number): KafkaFailure {
  return new KafkaFailure("protocol", `${request} was answered with error ${code}`, { code })
}

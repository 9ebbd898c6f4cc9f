import {
  assign,
  assignmentProtocol,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "./assignment.ts"
import { Generation, type GenerationTools } from "./generation.ts"
import type { JoinedGroup, KafkaPartition } from "./kafka-client.ts"
import { codes, hasCode, isFenced, isPassing, KafkaFailure } from "./kafka-failure.ts"
import { Leaders } from "./leaders.ts"
import { PartitionTenure } from "./partition-tenure.ts"
import { pause, retryDelayMs } from "./pause.ts"
import { startOf } from "./start-offsets.ts"

/** A topic that the group reads. */
export interface SubscribedTopic {
  readonly topic: string
  /** Of retries and replays. */
  readonly delayMs: number | undefined
}

/**
 * A member's life in its group, which shares out its partitions among all members anew whenever one comes or goes:
 *
 *     joining → holding        the group has agreed, and the member knows where to go on
 *     holding → finishing      a sign of life was answered so: what is being handled ends, and is committed
 *     finishing → joining
 *     holding → joining        partitions were lost: others have them already
 *     any → left               by `leave()`, or because of a failure that trying again won't mend
 */
export class GroupSession {
  readonly #groupId: string
  readonly #topics: readonly SubscribedTopic[]
  readonly #tools: GenerationTools
  readonly #leaders: Leaders
  readonly #leaving = new AbortController()
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended: Promise<void>
  #memberId = ""
  #generation: Generation | undefined
  #partitions: ReadonlyMap<string, number> = new Map()
  /** Aborted when something else than a sign of life tells that the generation has ended. */
  #over = new AbortController()
  #isReady = false
  readonly #joinBy: number

  constructor(groupId: string, topics: readonly SubscribedTopic[], tools: GenerationTools) {
    const { control, settings, report } = tools
    this.#groupId = groupId
    this.#topics = topics
    this.#tools = {
      ...tools,
      report: (part, outcome) => {
        if (outcome !== "works" && isFenced(outcome.error)) this.#over.abort(outcome.error)
        else report(part, outcome)
      },
    }
    this.#leaders = new Leaders(control)
    this.#joinBy = settings.clock.now() + settings.retryForMs
    this.#ready.promise.catch(() => {})
    this.#ended = this.#live()
  }

  /** Resolves when the member has joined, or rejects with why it can't. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  get generation(): Generation | undefined {
    return this.#generation
  }

  /** How many partitions a topic has, as the group knows. */
  partitionsOf(topic: string): number {
    return this.#partitions.get(topic) ?? 0
  }

  /** Those of all its topics, whoever holds them. */
  get partitions(): readonly KafkaPartition[] {
    return [...this.#partitions].flatMap(([topic, count]) =>
      Array.from({ length: count }, (_, partition) => ({ topic, partition })),
    )
  }

  /** Commits, and lets the others take over. */
  async leave(): Promise<void> {
    const { clock, connection } = this.#tools.settings
    this.#leaving.abort()
    const over = new AbortController()
    // A group that is being joined waits for others.
    await Promise.race([this.#ended, pause(clock, connection.requestTimeoutMs, over.signal)])
    over.abort()
  }

  async #live(): Promise<void> {
    for (let failures = 0; !this.#leaving.signal.aborted; ) {
      try {
        this.#generation = await this.#join()
        failures = 0
        if (this.#leaving.signal.aborted) break
        this.#begin(this.#generation)
        await this.#hold(this.#generation)
      } catch (error) {
        this.#generation?.abandon(error)
        if (hasCode(error, codes.unknownMember, codes.fencedInstance)) this.#memberId = ""
        if (!(await this.#comesBack(error, ++failures))) break
      }
    }
    await this.#leave()
  }

  #begin(generation: Generation): void {
    // Whatever failed in the generation before: a member without partitions would never fetch, or commit, to show that it works.
    for (const part of ["group", "fetching", "committing"] as const) this.#tools.report(part, "works")
    this.#isReady = true
    this.#ready.resolve()
    generation.start()
  }

  /** Waits after a failure. Returns whether it is worth trying again. */
  async #comesBack(error: unknown, failures: number): Promise<boolean> {
    const { clock } = this.#tools.settings
    if (isFenced(error) || hasCode(error, codes.rebalanceInProgress)) {
      if (failures > 1) await pause(clock, retryDelayMs(failures), this.#leaving.signal)
      return true
    }
    const isHopeless = !isPassing(error) || (!this.#isReady && clock.now() > this.#joinBy)
    if (this.#isReady) this.#tools.report("group", { error })
    if (isHopeless) this.#ready.reject(error)
    else await pause(clock, retryDelayMs(failures), this.#leaving.signal)
    return !isHopeless
  }

  async #join(): Promise<Generation> {
    const { control, settings, member } = this.#tools
    this.#over = new AbortController()
    this.#leaders.forget()
    const joined = await control.joinGroup({
      groupId: this.#groupId,
      memberId: this.#memberId,
      sessionTimeoutMs: settings.sessionTimeoutMs,
      rebalanceTimeoutMs: rebalanceTimeoutMs(settings),
      protocol: assignmentProtocol(member.order),
      subscription: encodeSubscription(this.#topics.map(({ topic }) => topic)),
    })
    this.#memberId = joined.memberId
    const assignments = joined.isLeader ? await this.#shareOut(joined) : new Map<string, Buffer>()
    const assigned = decodeAssignment(await control.syncGroup(joined, assignments))
    await this.#countPartitions()
    const positions = await startOf(control, this.#leaders, joined, assigned)
    const starts = positions.map((position) => {
      const delayMs = this.#topics.find(({ topic }) => topic === position.topic)?.delayMs
      return { position, tenure: new PartitionTenure(position, delayMs) }
    })
    return new Generation(joined, starts, this.#tools)
  }

  async #shareOut({ members }: JoinedGroup): Promise<ReadonlyMap<string, Buffer>> {
    const subscribed = members.map(({ memberId, subscription }) => ({
      memberId,
      topics: decodeSubscription(subscription),
    }))
    const topics = [...new Set(subscribed.flatMap((each) => each.topics))]
    const leaders = await Promise.all(topics.map((topic) => this.#leaders.of(topic)))
    const partitions = new Map(topics.map((topic, index) => [topic, leaders[index]?.length ?? 0]))
    const shares = assign(subscribed, partitions)
    return new Map(Array.from(shares, ([memberId, share]) => [memberId, encodeAssignment(share)]))
  }

  async #countPartitions(): Promise<void> {
    const counts = await Promise.all(
      this.#topics.map(async ({ topic }) => [topic, (await this.#leaders.of(topic)).length] as const),
    )
    this.#partitions = new Map(counts)
  }

  /** Gives signs of life until the generation ends. */
  async #hold(generation: Generation): Promise<void> {
    const ending = AbortSignal.any([this.#leaving.signal, this.#over.signal])
    const { settings } = this.#tools
    let lookAt = settings.clock.now() + settings.partitionsPollIntervalMs
    while (await this.#keepAlive(generation, ending)) {
      if (settings.clock.now() < lookAt) continue
      lookAt = settings.clock.now() + settings.partitionsPollIntervalMs
      if (await this.#haveTopicsGrown()) break
    }
    this.#over.signal.throwIfAborted()
    if (this.#leaving.signal.aborted) return
    await this.#finish(generation)
  }

  /** Lets the generation come to its end, and goes on giving signs of life meanwhile: the group waits for this member, and must not take it for dead. */
  async #finish(generation: Generation): Promise<void> {
    const finished = new AbortController()
    const fenced = new AbortController()
    const alive = async () => {
      try {
        while (await this.#keepAlive(generation, finished.signal, "goes on"));
      } catch (error) {
        fenced.abort(error)
      }
    }
    const living = alive()
    await generation.finish(fenced.signal)
    finished.abort()
    await living
    fenced.signal.throwIfAborted()
  }

  /** Waits, and gives a sign of life. Returns whether the generation goes on. Throws when it is lost. */
  async #keepAlive(generation: Generation, until: AbortSignal, whenShared?: "goes on"): Promise<boolean> {
    const { control, settings, report } = this.#tools
    const { clock, heartbeatIntervalMs, sessionTimeoutMs } = settings
    const lostAt = clock.now() + sessionTimeoutMs
    for (let failures = 0; ; ) {
      await pause(clock, failures === 0 ? heartbeatIntervalMs : retryDelayMs(failures), until)
      if (until.aborted) return false
      try {
        await control.heartbeat(generation.membership)
        report("group", "works")
        return true
      } catch (error) {
        if (hasCode(error, codes.rebalanceInProgress)) return whenShared !== undefined
        if (!isPassing(error) || clock.now() >= lostAt) throw error
        if (failures++ === 0) report("group", { error })
      }
    }
  }

  async #haveTopicsGrown(): Promise<boolean> {
    try {
      for (const { topic } of this.#topics) {
        const leaders = await this.#tools.control.leaders(topic)
        if (leaders !== undefined && leaders.length > this.partitionsOf(topic)) return true
      }
    } catch (error) {
      if (!(error instanceof KafkaFailure)) throw error
    }
    return false
  }

  async #leave(): Promise<void> {
    const { control, settings, member } = this.#tools
    const generation = this.#generation
    try {
      await generation?.commit()
      // Also one that has joined, and then failed to learn what it holds.
      if (this.#memberId !== "")
        await control.leaveGroup({ groupId: this.#groupId, memberId: this.#memberId })
    } catch (error) {
      settings.logger?.debug(
        "a consumer couldn't say that it leaves: the others wait until its session ends",
        {
          group: member.group,
          error,
        },
      )
    } finally {
      generation?.abandon(new KafkaFailure("protocol", "the consumer has left its group"))
      this.#ready.reject(new KafkaFailure("unreachable", "the consumer has left its group"))
    }
  }
}

/** How long the group waits for a member that finishes, until it shares out its partitions without asking it. */
export function rebalanceTimeoutMs(settings: {
  readonly finishTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly connection: { readonly requestTimeoutMs: number }
}): number {
  return settings.finishTimeoutMs + 2 * settings.heartbeatIntervalMs + settings.connection.requestTimeoutMs
}

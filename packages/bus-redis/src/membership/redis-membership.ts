import type { DeadLetterFailure, Delivery, GroupMember, GroupMembership } from "@annals/core"
import { pause } from "../background-clock.ts"
import { isUnavailable, ordersDiffer, unanswered } from "../errors.ts"
import { agreeScript, createGroupScript, lagScript } from "../scripts/groups.ts"
import { giveAwayScript } from "../scripts/members.ts"
import { addDeadLetterScript, noteAttemptsScript, retryLaterScript } from "../scripts/messages.ts"
import type { Topic } from "../topic.ts"
import { Acknowledger } from "./acknowledger.ts"
import { Budget } from "./budget.ts"
import { textOf } from "./entries.ts"
import { FetchLoop } from "./fetch-loop.ts"
import type { Holdings } from "./holdings.ts"
import { LeasedPartitions } from "./leased-partitions.ts"
import type { MemberContext } from "./member-context.ts"
import type { PartitionTenure, RedisDelivery } from "./partition-tenure.ts"
import { SharedPartitions } from "./shared-partitions.ts"

/** Who leaves doesn't wait longer for a server that doesn't answer. */
const leavePatienceMs = 3_000

/** A member of a group: heartbeats, what it holds, and the loops that fetch from it. */
export class RedisMembership implements GroupMembership {
  readonly #context: MemberContext
  readonly #holdings: Holdings
  readonly #loops: readonly FetchLoop[]
  readonly #leaving = new AbortController()
  /** Ends the pause before the next heartbeat. */
  #hurry = new AbortController()
  #isConnected = true
  #hasFailed = false
  readonly #remade: number[] = []
  /** By the process's own clock, when the last heartbeat was sent that Redis answered. */
  #lastBeat = performance.now()
  #beating: Promise<void> = Promise.resolve()
  #fetching: Promise<unknown> = Promise.resolve()
  #unlisten: () => void = () => {}

  constructor(topic: Topic, member: GroupMember, name: string) {
    const { group, order } = member
    const lost = (tenure: PartitionTenure) => this.#lost(tenure)
    const failed = (error: unknown) => this.#fail(error)
    this.#context = {
      topic,
      member,
      name,
      budget: new Budget(member.maxUnsettled),
      acknowledger: new Acknowledger({ topic, group, order, lost, failed }),
      tenures: new Map(),
      lost,
      remade: (partition) => {
        this.#remade.push(partition)
      },
      changed: () => {
        for (const loop of this.#loops) loop.changed()
      },
    }
    this.#holdings =
      order === "stream" ? new LeasedPartitions(this.#context) : new SharedPartitions(this.#context)
    this.#loops = topic.domains.map(
      (domain) => new FetchLoop(this.#context, domain, (error) => this.#fetchFailed(error)),
    )
  }

  /** Makes the group where it isn't there, and begins to receive. */
  async join(): Promise<void> {
    const { topic, member } = this.#context
    const { group, order, from } = member
    await topic.link.ready()
    await this.#agree()
    await this.#eachDomain((domain) =>
      topic.link.script(
        createGroupScript,
        domain.flatMap((partition) => {
          const { events, again } = topic.keys.ofGroup(partition, group)
          return [events, again]
        }),
        [order, group, from === "earliest" ? "0" : "$"],
      ),
    )
    const soon = await this.#beat()
    this.#unlisten = topic.link.listen({
      lost: (error) => this.#disconnected(error),
      back: () => this.#hurry.abort(),
    })
    this.#beating = this.#keepBeating(soon)
    this.#fetching = Promise.all(this.#loops.map((loop) => loop.run()))
    for (const loop of this.#loops) loop.open()
  }

  acknowledge(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries as readonly RedisDelivery[]) {
      if (this.#settle(delivery)) this.#context.acknowledger.add(delivery)
    }
    this.#context.acknowledger.flush().catch(() => {}) // it is told again
  }

  /** They stay pending: whoever has the partition next reads them first, or claims them. */
  release(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries as readonly RedisDelivery[]) this.#settle(delivery)
  }

  async retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    const { tenure, source, id, eventId, head = "", body } = delivery as RedisDelivery
    const { topic, member } = this.#context
    await topic.link.ready()
    await topic.link.script(
      retryLaterScript,
      [source.key, tenure.guard, tenure.keys.due],
      [
        member.group,
        tenure.token,
        id,
        source.isOwn ? "1" : "0",
        delayMs,
        eventId,
        head,
        asBuffer(body),
        attempts,
      ],
    )
    this.#settle(delivery as RedisDelivery)
    void pause(delayMs, this.#leaving.signal).then(() => this.#hurry.abort())
  }

  async addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    const { tenure, source, id, eventId, head = "", body } = delivery as RedisDelivery
    const { topic, member } = this.#context
    await topic.link.ready()
    await topic.link.script(
      addDeadLetterScript,
      [source.key, tenure.guard, tenure.keys.dead],
      [
        member.group,
        tenure.token,
        id,
        source.isOwn ? "1" : "0",
        eventId,
        head,
        asBuffer(body),
        JSON.stringify(failure),
      ],
    )
    this.#settle(delivery as RedisDelivery)
  }

  noteAttempts(delivery: Delivery, attempts: number): void {
    const { tenure, id } = delivery as RedisDelivery
    if (tenure.lost.aborted) return
    this.#context.topic.link
      .script(noteAttemptsScript, [tenure.keys.lease, tenure.keys.attempts], [tenure.token, id, attempts])
      .catch(() => {}) // the next holder counts one less
  }

  nudge(slots: readonly number[]): void {
    const { tenures, topic, member } = this.#context
    for (const tenure of tenures.values()) {
      if (!tenure.isLive) continue
      const held = slots.filter((slot) => topic.partitionOf(slot) === tenure.partition)
      if (held.length > 0) member.nudged(tenure, held)
    }
  }

  async lag(): Promise<number> {
    const { topic, member } = this.#context
    await topic.link.ready()
    const counts = await this.#eachDomain((domain) =>
      topic.link.script(
        lagScript,
        domain.flatMap((partition) => {
          const { events, again, due } = topic.keys.ofGroup(partition, member.group)
          return [events, again, due]
        }),
        [member.group],
      ),
    )
    return counts.reduce<number>((sum, count) => sum + Number(count), 0)
  }

  async leave(): Promise<void> {
    this.#unlisten()
    this.#leaving.abort()
    this.#hurry.abort()
    for (const loop of this.#loops) loop.stop()
    const over = new AbortController()
    const inTime = pause(leavePatienceMs, over.signal).then(() => {
      if (!over.signal.aborted) throw unanswered()
    })
    try {
      await Promise.race([this.#end(), inTime])
    } catch (error) {
      // Leases run out, and what wasn't acknowledged is delivered again.
      if (!isUnavailable(error)) throw error
    } finally {
      over.abort()
    }
  }

  async #end(): Promise<void> {
    await this.#beating
    await this.#fetching
    await this.#holdings.settled()
    await this.#context.acknowledger.flush()
    await this.#giveAllAway()
  }

  async #giveAllAway(): Promise<void> {
    const { topic, member, name, tenures } = this.#context
    await this.#eachDomain((domain) =>
      topic.link.script(
        giveAwayScript,
        domain.flatMap((partition) => {
          const { events, again, lease, members } = topic.keys.ofGroup(partition, member.group)
          return [events, again, lease, members]
        }),
        [member.order, member.group, name, ...domain.map((partition) => tenures.get(partition)?.token ?? "")],
      ),
    )
  }

  async #keepBeating(first: number | undefined): Promise<void> {
    const { heartbeatMs } = this.#context.topic.settings
    let soon = first
    while (!this.#leaving.signal.aborted) {
      await pause(Math.min(heartbeatMs, soon ?? heartbeatMs), this.#hurry.signal)
      if (this.#leaving.signal.aborted) return
      this.#hurry = new AbortController()
      try {
        soon = await this.#beat()
        await this.#connected()
      } catch (error) {
        soon = undefined
        if (!isUnavailable(error)) this.#fail(error)
        else this.#disconnected(error)
      }
    }
  }

  async #beat(): Promise<number | undefined> {
    const sentAt = performance.now()
    const answered = new AbortController()
    void this.#whenLeaseRunsOut(answered.signal)
    try {
      const soon = await this.#holdings.beat()
      if (this.#remade.length > 0) await this.#declareAgain()
      this.#lastBeat = sentAt
      return soon
    } finally {
      answered.abort()
    }
  }

  /** The group must have one order, whoever its members are. */
  async #agree(): Promise<void> {
    const { topic, member } = this.#context
    const { group, order } = member
    const agreed = textOf(await topic.link.script(agreeScript, [topic.keys.ofGroup(0, group).group], [order]))
    if (agreed !== order) throw ordersDiffer(group, order, agreed)
  }

  /** What all must agree on was lost with the groups. */
  async #declareAgain(): Promise<void> {
    const { topic, member } = this.#context
    topic.logger?.warn(
      "Redis has lost a consumer group, which was made again: it begins with what is there now",
      {
        topic: topic.settings.topic,
        group: member.group,
        partitions: this.#remade.splice(0),
      },
    )
    await topic.declare()
    await this.#agree()
  }

  /** Without an answer for so long, others may have taken over. */
  async #whenLeaseRunsOut(answered: AbortSignal): Promise<void> {
    const { leaseMs } = this.#context.topic.settings
    await pause(Math.max(0, this.#lastBeat + leaseMs - performance.now()), answered)
    if (answered.aborted && performance.now() - this.#lastBeat < leaseMs) return
    if (this.#context.tenures.size === 0) return
    this.#disconnected(unanswered())
    for (const tenure of [...this.#context.tenures.values()]) this.#lost(tenure)
  }

  /** Redis can be reached again: what was acknowledged meanwhile goes first, so that it isn't read again with what is pending. */
  async #connected(): Promise<void> {
    if (this.#isConnected) return
    await this.#context.acknowledger.flush()
    for (const tenure of this.#context.tenures.values()) tenure.readAgain()
    this.#isConnected = true
    this.#context.member.connected()
    for (const loop of this.#loops) loop.open()
  }

  #disconnected(error: unknown): void {
    for (const loop of this.#loops) loop.close()
    if (!this.#isConnected) return
    this.#isConnected = false
    if (!this.#leaving.signal.aborted) this.#context.member.disconnected(error)
  }

  #fetchFailed(error: unknown): void {
    if (isUnavailable(error)) this.#disconnected(error)
    else this.#fail(error)
  }

  #fail(error: unknown): void {
    if (this.#hasFailed || this.#leaving.signal.aborted) return
    this.#hasFailed = true
    this.#context.member.fail(error)
  }

  #lost(tenure: PartitionTenure): void {
    const { tenures, budget } = this.#context
    if (tenures.get(tenure.partition) !== tenure) return
    tenures.delete(tenure.partition)
    const { unsettled } = tenure
    tenure.lose()
    budget.giveBack(unsettled)
    this.#context.changed()
    this.#hurry.abort()
  }

  /** False if it isn't the member's any more. */
  #settle({ source, id }: RedisDelivery): boolean {
    if (!source.unsettled.delete(id)) return false
    this.#context.budget.giveBack(1)
    return true
  }

  #eachDomain<Result>(run: (domain: readonly number[]) => Promise<Result>): Promise<Result[]> {
    return Promise.all(this.#context.topic.domains.map(run))
  }
}

function asBuffer(body: string | Uint8Array): string | Buffer {
  return typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

import type { DeadLetterFailure, Delivery, GroupMember, GroupMembership } from "@annals/core"
import { pause } from "../background-clock.ts"
import { isTemporary, unanswered } from "../errors.ts"
import { RedisGroup } from "../groups/redis-group.ts"
import type { Topic } from "../topic.ts"
import { Acknowledger } from "./acknowledger.ts"
import { Budget } from "./budget.ts"
import { FetchLoop } from "./fetch-loop.ts"
import { Heartbeat } from "./heartbeat.ts"
import type { Holdings } from "./holdings.ts"
import { LeasedPartitions } from "./leased-partitions.ts"
import type { MemberContext } from "./member-context.ts"
import type { PartitionTenure, RedisDelivery } from "./partition-tenure.ts"
import { addDeadLetter, noteAttempts, retryLater } from "./settling.ts"
import { SharedPartitions } from "./shared-partitions.ts"

/** Who leaves doesn't wait longer for a server that doesn't answer. */
const leavePatienceMs = 3_000
const leaveRetryMs = 50

/** A member of a group: its heartbeat, what it holds, and the loops that fetch from it. */
export class RedisMembership implements GroupMembership {
  readonly #topic: Topic
  readonly #member: GroupMember
  readonly #context: MemberContext
  readonly #group: RedisGroup
  readonly #holdings: Holdings
  readonly #heartbeat: Heartbeat
  readonly #loops: readonly FetchLoop[]
  /** Partitions where Redis had lost the group. */
  readonly #remade: number[] = []
  #isConnected = true
  #isLeaving = false
  #hasFailed = false
  #running: Promise<unknown> = Promise.resolve()
  #unlisten: () => void = () => {}

  constructor(topic: Topic, member: GroupMember, name: string) {
    const { group, order } = member
    const { heartbeatMs, leaseMs } = topic.settings
    const lost = (tenure: PartitionTenure) => this.#lost(tenure)
    const failed = (error: unknown) => (isTemporary(error) ? this.#disconnected(error) : this.#fail(error))
    this.#topic = topic
    this.#member = member
    this.#group = new RedisGroup(topic, member)
    this.#context = {
      topic,
      member,
      name,
      budget: new Budget(member.maxUnsettled),
      acknowledger: new Acknowledger({ topic, group, order, lost, failed }),
      tenures: new Map(),
      lost,
      remade: (partition) => void this.#remade.push(partition),
      given: () => void this.#group.ring(),
      rung: () => this.#heartbeat.hurry(),
      changed: () => this.#eachLoop((loop) => loop.changed()),
    }
    this.#holdings =
      order === "stream" ? new LeasedPartitions(this.#context) : new SharedPartitions(this.#context)
    this.#heartbeat = new Heartbeat({
      holdings: this.#holdings,
      heartbeatMs,
      leaseMs,
      connected: () => this.#connected(),
      expired: () => this.#loseAll(),
      failed,
    })
    this.#loops = topic.domains.map((domain) => new FetchLoop(this.#context, domain, failed))
  }

  /** Makes the group where it isn't there, and begins to receive. */
  async join(): Promise<void> {
    await this.#topic.link.ready()
    await this.#group.create(this.#member.from)
    const soon = await this.#heartbeat.beat()
    this.#unlisten = this.#topic.link.listen({
      lost: (error) => this.#disconnected(error),
      back: () => this.#heartbeat.hurry(),
    })
    this.#running = Promise.all([this.#heartbeat.run(soon), ...this.#loops.map((loop) => loop.run())])
    this.#eachLoop((loop) => loop.open())
    void this.#group.ring()
  }

  acknowledge(deliveries: readonly Delivery[]): void {
    const { acknowledger } = this.#context
    for (const delivery of deliveries as readonly RedisDelivery[]) {
      if (this.#settle(delivery)) acknowledger.add(delivery)
    }
    acknowledger.flush().catch(() => {}) // it is told again
  }

  /** They stay pending: whoever has the partition next reads them first, or claims them. */
  release(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries as readonly RedisDelivery[]) this.#forget(delivery)
  }

  async retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    await retryLater(this.#topic, this.#member.group, delivery as RedisDelivery, attempts, delayMs)
    this.#forget(delivery as RedisDelivery)
    if (delayMs < this.#topic.settings.heartbeatMs) void this.#heartbeat.hurryIn(delayMs)
  }

  async addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    await addDeadLetter(this.#topic, this.#member.group, delivery as RedisDelivery, failure)
    this.#forget(delivery as RedisDelivery)
  }

  noteAttempts(delivery: Delivery, attempts: number): void {
    noteAttempts(this.#topic, delivery as RedisDelivery, attempts)
  }

  nudge(slots: readonly number[]): void {
    for (const tenure of this.#context.tenures.values()) {
      if (!tenure.isLive) continue
      const held = slots.filter((slot) => this.#topic.partitionOf(slot) === tenure.partition)
      if (held.length > 0) this.#member.nudged(tenure, held)
    }
  }

  lag(): Promise<number> {
    return this.#group.lag()
  }

  async leave(): Promise<void> {
    this.#isLeaving = true
    this.#unlisten()
    this.#heartbeat.stop()
    this.#eachLoop((loop) => loop.stop())
    const over = new AbortController()
    const inTime = pause(leavePatienceMs, over.signal).then(() => {
      if (!over.signal.aborted) throw unanswered()
    })
    try {
      await Promise.race([this.#end(over.signal), inTime])
    } catch (error) {
      // Leases run out, and what wasn't acknowledged is delivered again.
      if (!isTemporary(error)) throw error
    } finally {
      over.abort()
    }
  }

  async #end(over: AbortSignal): Promise<void> {
    await this.#running
    await this.#holdings.settled()
    while (!over.aborted) {
      try {
        return await this.#giveAllAway()
      } catch (error) {
        // A cluster's node may be away for a moment; of a server that can't be reached nobody knows when it is back.
        if (!isTemporary(error) || !this.#topic.link.isReady) throw error
        await pause(leaveRetryMs, over)
      }
    }
  }

  async #giveAllAway(): Promise<void> {
    const { acknowledger, name, tenures } = this.#context
    await acknowledger.flush()
    await this.#group.giveAllAway(name, (partition) => tenures.get(partition)?.token)
    await this.#group.ring()
  }

  /** What was acknowledged while Redis couldn't be reached goes first, so that it isn't read again with what is pending. */
  async #connected(): Promise<void> {
    if (this.#remade.length > 0) await this.#declareAgain()
    if (this.#isConnected) return
    await this.#context.acknowledger.flush()
    for (const tenure of this.#context.tenures.values()) tenure.readAgain()
    this.#isConnected = true
    this.#member.connected()
    this.#eachLoop((loop) => loop.open())
  }

  /** What all must agree on was lost with the groups. */
  async #declareAgain(): Promise<void> {
    this.#topic.logger?.warn(
      "Redis has lost a consumer group, which was made again: it begins with what is there now",
      { topic: this.#topic.settings.topic, group: this.#member.group, partitions: this.#remade.splice(0) },
    )
    await this.#topic.declare()
    await this.#group.agree()
  }

  #disconnected(error: unknown): void {
    this.#eachLoop((loop) => loop.close())
    if (!this.#isConnected) return
    this.#isConnected = false
    if (!this.#isLeaving) this.#member.disconnected(error)
  }

  #fail(error: unknown): void {
    if (this.#hasFailed || this.#isLeaving) return
    this.#hasFailed = true
    this.#member.fail(error)
  }

  #loseAll(): void {
    for (const tenure of [...this.#context.tenures.values()]) this.#lost(tenure)
  }

  #lost(tenure: PartitionTenure): void {
    const { tenures, budget } = this.#context
    if (tenures.get(tenure.partition) !== tenure) return
    tenures.delete(tenure.partition)
    const { unsettled } = tenure
    tenure.lose()
    budget.giveBack(unsettled)
    this.#context.changed()
    this.#heartbeat.hurry()
  }

  /** False if it isn't the member's any more. */
  #settle(delivery: RedisDelivery): boolean {
    if (delivery.isSettled || delivery.tenure.lost.aborted) return false
    delivery.isSettled = true
    delivery.source.unsettled--
    this.#context.budget.giveBack(1)
    return true
  }

  /** Whoever reads it again may have it. */
  #forget(delivery: RedisDelivery): void {
    if (this.#settle(delivery)) delivery.source.handed.delete(delivery.id)
  }

  #eachLoop(run: (loop: FetchLoop) => void): void {
    for (const loop of this.#loops) run(loop)
  }
}

import type { Delivery, GroupMember, GroupMembership } from "@annals/core"
import type { QueueDelivery } from "../consuming/delivery.ts"
import { HandOver } from "../consuming/hand-over.ts"
import { partitionPrefetch } from "../consuming/partition-prefetch.ts"
import { Presence } from "../consuming/presence.ts"
import { QueueConsumer } from "../consuming/queue-consumer.ts"
import { failed } from "../errors.ts"
import { declareOrderedGroup } from "../topology/declare.ts"
import type { GroupNames } from "../topology/names.ts"
import { encodeProbe } from "../wire.ts"
import { countReady } from "./count-ready.ts"
import { declareQueues } from "./declare-queues.ts"
import { type GroupTools, lookEveryTicks } from "./group-tools.ts"
import { PartitionLines } from "./partition-lines.ts"
import { Restoring } from "./restoring.ts"
import { acknowledge, release } from "./settle.ts"
import { warnUnlessAway } from "./warn-unless-away.ts"

const probeExpiresMs = 10_000

/** A member of a group with order `"stream"`: one of those that stand in line for each of its partitions. */
export class OrderedMembership implements GroupMembership {
  readonly #tools: GroupTools
  readonly #member: GroupMember
  readonly #names: GroupNames
  readonly #handOver: HandOver
  readonly #partitions: readonly QueueConsumer[]
  readonly #lines: PartitionLines
  readonly #presence: Presence
  readonly #restoring: Restoring
  readonly #leaving = new AbortController()
  #isAway = false

  constructor(tools: GroupTools, member: GroupMember) {
    this.#tools = tools
    this.#member = member
    this.#names = tools.names.group(member.group)
    this.#handOver = new HandOver(member)
    const { clock, random } = tools.settings
    const openChannel = () => tools.consuming.openChannel()
    const prefetch = partitionPrefetch(tools.names.partitions)
    this.#partitions = this.#names.partitions.map(
      (queue) =>
        new QueueConsumer({
          queue,
          prefetch,
          handOver: this.#handOver,
          clock,
          openChannel,
          ended: (consumer, error) => this.#consumerEnded(consumer, error),
          probed: (tenure, slots) => member.nudged(tenure, slots as readonly number[]),
        }),
    )
    this.#presence = new Presence({
      names: this.#names,
      clock,
      publishing: tools.publishing,
      openChannel,
      changed: () => void this.#lines.share(),
      ticked: (count) => {
        this.#lines.giveWay()
        if (count % lookEveryTicks === 0) this.#restoring.start()
      },
      ended: () => this.#restoring.start(),
      held: () => this.#held(),
    })
    this.#lines = new PartitionLines({
      consumers: this.#partitions,
      presence: this.#presence,
      clock,
      leaving: this.#leaving.signal,
      finish: (tenure) => member.finish(tenure),
      failed: () => this.#restoring.start(),
    })
    this.#restoring = new Restoring({
      clock,
      random,
      canTry: () => tools.consuming.isUp,
      restore: () => this.#restore(),
      gaveUp: (error) => member.fail(error),
    })
  }

  async start(): Promise<void> {
    try {
      await this.#setUp()
    } catch (error) {
      await this.leave()
      throw error
    }
    this.#tools.consuming.listen(this)
  }

  acknowledge(deliveries: readonly Delivery[]): void {
    acknowledge(deliveries as readonly QueueDelivery[], this.#handOver)
  }

  /** They go back when the channel is closed, all at once and in order: what releases them gives the partition up. */
  release(deliveries: readonly Delivery[]): void {
    release(deliveries as readonly QueueDelivery[], this.#handOver)
  }

  retryLater(): Promise<void> {
    return Promise.reject(failed('order "stream" has no retries in the broker'))
  }

  addDeadLetter(): Promise<void> {
    return Promise.reject(failed('order "stream" has no dead letters in the broker'))
  }

  nudge(slots: readonly number[]): void {
    const mine = this.#lines.mine()
    for (const [partition, consumer] of this.#partitions.entries()) {
      const own = slots.filter((slot) => slot % this.#partitions.length === partition)
      if (own.length > 0) this.#nudge(consumer, `${partition}`, own, mine.has(partition))
    }
  }

  async lag(): Promise<number> {
    const ready = await this.#tools.consuming.withChannel((channel) =>
      countReady(channel, this.#names.partitions),
    )
    return ready + this.#held() + (await this.#presence.askHeld())
  }

  async leave(): Promise<void> {
    this.#leaving.abort()
    this.#restoring.stop()
    this.#tools.consuming.unlisten(this)
    await Promise.all(this.#partitions.map((consumer) => consumer.stop()))
    await this.#presence.stop()
  }

  linkDown(error: unknown): void {
    this.#isAway = true
    this.#member.disconnected(error)
  }

  linkUp(): void {
    this.#restoring.start()
  }

  async #setUp(): Promise<void> {
    const { names } = this.#tools
    await declareQueues(this.#tools, {
      group: this.#names,
      queues: this.#names.partitions,
      declare: (declaring) => declareOrderedGroup(declaring, names, this.#names),
    })
    await this.#lines.joinAll()
    // In line first: whoever hears of this member goes behind it.
    if (!this.#presence.isRunning && !this.#leaving.signal.aborted) await this.#presence.start()
  }

  async #restore(): Promise<void> {
    await this.#setUp()
    if (!this.#isAway) return
    this.#isAway = false
    this.#member.connected()
  }

  #consumerEnded({ queue }: QueueConsumer, error: unknown): void {
    if (this.#leaving.signal.aborted) return
    warnUnlessAway(this.#tools, queue, error)
    this.#restoring.start()
  }

  /** Where nothing has come yet, nobody knows who is served: a message to the queue finds out. */
  #nudge({ tenure }: QueueConsumer, key: string, slots: readonly number[], isMine: boolean): void {
    if (tenure !== undefined && !tenure.isEnding) this.#member.nudged(tenure, slots)
    else if (isMine)
      this.#tools.publishing.tell(encodeProbe(this.#names.exchange, key, slots, probeExpiresMs))
  }

  #held(): number {
    return this.#partitions.reduce((sum, consumer) => sum + consumer.unacknowledged, 0)
  }
}

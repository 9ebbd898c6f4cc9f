import type { DeadLetterFailure, Delivery, GroupMember, GroupMembership } from "@annals/core"
import type { QueueDelivery } from "../consuming/delivery.ts"
import { HandOver } from "../consuming/hand-over.ts"
import { Presence } from "../consuming/presence.ts"
import { QueueConsumer } from "../consuming/queue-consumer.ts"
import { declareUnorderedGroup } from "../topology/declare.ts"
import { deadKey, type GroupNames } from "../topology/names.ts"
import { encodeDeadLetter } from "../wire.ts"
import { countReady } from "./count-ready.ts"
import { declareQueues } from "./declare-queues.ts"
import { type GroupTools, largestPrefetch, lookEveryTicks } from "./group-tools.ts"
import { Restoring } from "./restoring.ts"
import { RetryQueues } from "./retry-queues.ts"
import { acknowledge, byTenure } from "./settle.ts"
import { warnUnlessAway } from "./warn-unless-away.ts"

/** A member of a group with order `"none"`: it competes with the others for one queue. What fails goes through the broker, into a queue that holds it for a while, or for good. */
export class UnorderedMembership implements GroupMembership {
  readonly #tools: GroupTools
  readonly #member: GroupMember
  readonly #names: GroupNames
  readonly #handOver: HandOver
  readonly #consumer: QueueConsumer
  readonly #retries: RetryQueues
  readonly #restoring: Restoring
  /** Only to know what the others hold. */
  readonly #presence: Presence
  readonly #leaving = new AbortController()
  #isAway = false

  constructor(tools: GroupTools, member: GroupMember) {
    this.#tools = tools
    this.#member = member
    this.#names = tools.names.group(member.group)
    this.#handOver = new HandOver(member)
    this.#retries = new RetryQueues(tools, this.#names, member.retryDelaysMs)
    this.#consumer = new QueueConsumer({
      queue: this.#names.events,
      prefetch: Math.min(member.maxUnsettled, largestPrefetch),
      handOver: this.#handOver,
      clock: tools.settings.clock,
      openChannel: () => tools.consuming.openChannel(),
      ended: (_consumer, error) => this.#consumerEnded(error),
      probed: () => {},
    })
    this.#restoring = new Restoring({
      clock: tools.settings.clock,
      random: tools.settings.random,
      canTry: () => tools.consuming.isUp,
      restore: () => this.#restore(),
      gaveUp: (error) => member.fail(error),
    })
    this.#presence = new Presence({
      names: this.#names,
      clock: tools.settings.clock,
      publishing: tools.publishing,
      openChannel: () => tools.consuming.openChannel(),
      changed: () => {},
      ticked: (count) => {
        if (count % lookEveryTicks === 0) this.#restoring.start()
      },
      ended: () => this.#restoring.start(),
      held: () => this.#consumer.unacknowledged,
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

  release(deliveries: readonly Delivery[]): void {
    for (const [tenure, own] of byTenure(deliveries as readonly QueueDelivery[])) {
      tenure.consumer.requeue(tenure, own)
      this.#handOver.settled(tenure, own.length)
    }
  }

  async retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void> {
    await this.#retries.send((delivery as QueueDelivery).message, attempts, delayMs)
    this.acknowledge([delivery])
  }

  async addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void> {
    const { message } = delivery as QueueDelivery
    await this.#tools.publishing.sendAgain([
      encodeDeadLetter(message, failure, this.#names.exchange, deadKey),
    ])
    this.acknowledge([delivery])
  }

  nudge(): void {}

  async lag(): Promise<number> {
    const ready = await this.#tools.consuming.withChannel((channel) =>
      countReady(channel, [this.#names.events]),
    )
    const waiting = await this.#retries.countWaiting()
    return ready + waiting + this.#consumer.unacknowledged + (await this.#presence.askHeld())
  }

  async leave(): Promise<void> {
    this.#leaving.abort()
    this.#restoring.stop()
    this.#tools.consuming.unlisten(this)
    await this.#consumer.stop()
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
      queues: [this.#names.dead, this.#names.events, ...this.#retries.queues],
      declare: async (declaring) => {
        await declareUnorderedGroup(declaring, names, this.#names)
        await this.#retries.declare(declaring)
      },
    })
    if (!this.#consumer.isRunning && !this.#leaving.signal.aborted) await this.#consumer.start()
    if (!this.#presence.isRunning && !this.#leaving.signal.aborted) await this.#presence.start()
  }

  async #restore(): Promise<void> {
    await this.#setUp()
    if (!this.#isAway) return
    this.#isAway = false
    this.#member.connected()
  }

  #consumerEnded(error: unknown): void {
    if (this.#leaving.signal.aborted) return
    warnUnlessAway(this.#tools, this.#names.events, error)
    this.#restoring.start()
  }
}

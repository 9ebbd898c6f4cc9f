import type { Clock } from "@annals/core"
import { assignPartitions } from "../consuming/assign-partitions.ts"
import type { QueueTenure } from "../consuming/delivery.ts"
import type { Presence } from "../consuming/presence.ts"
import type { QueueConsumer } from "../consuming/queue-consumer.ts"

export interface PartitionLinesOptions {
  /** By partition. */
  readonly consumers: readonly QueueConsumer[]
  readonly presence: Pick<Presence, "members" | "id">
  readonly clock: Clock
  /** Aborted when the member leaves. */
  readonly leaving: AbortSignal
  /** Resolves when all that was handed over is settled. */
  finish(tenure: QueueTenure): Promise<void>
  /** A line couldn't be joined again. */
  failed(): void
}

/** How long it is waited for further members before partitions change hands. */
const settlingMs = 50

/**
 * A member stands in line for all partitions, so that the next in line takes over at once when the one that is served goes away. Whose turn each partition should be
 * follows from who the members are.
 */
export class PartitionLines {
  readonly #options: PartitionLinesOptions
  /** What is under way for a partition: one thing after another. */
  readonly #turns: Promise<void>[]
  #isSettling = false

  constructor(options: PartitionLinesOptions) {
    this.#options = options
    this.#turns = options.consumers.map(() => Promise.resolve())
  }

  /** Joins the lines where it doesn't stand yet. */
  async joinAll(): Promise<void> {
    await Promise.all(
      this.#options.consumers.map((consumer, partition) =>
        this.#inTurn(partition, () => this.#join(consumer)),
      ),
    )
  }

  /** The partitions that should be this member's. */
  mine(): ReadonlySet<number> {
    const { consumers, presence } = this.#options
    const { members, id } = presence
    const owners = assignPartitions(consumers.length, members.length)
    const index = members.indexOf(id)
    return new Set([...owners.keys()].filter((partition) => owners[partition] === index))
  }

  /** Members came or went: goes to the end of every line where another should be first, whether it is served there or not. That it doesn't always know. */
  async share(): Promise<void> {
    if (this.#isSettling) return
    this.#isSettling = true
    const { consumers, clock, leaving } = this.#options
    await clock.sleep(settlingMs, leaving).catch(() => {})
    this.#isSettling = false
    const mine = this.mine()
    for (const partition of consumers.keys()) if (!mine.has(partition)) this.#giveUp(partition)
  }

  /** Lines that formed anew since may have put this member first where another should be. */
  giveWay(): void {
    const mine = this.mine()
    for (const [partition, { tenure }] of this.#options.consumers.entries()) {
      if (tenure !== undefined && !tenure.isEnding && !mine.has(partition)) this.#giveUp(partition)
    }
  }

  #giveUp(partition: number): void {
    const { consumers, leaving, failed } = this.#options
    const consumer = consumers[partition] as QueueConsumer
    const work = async () => {
      for (let held = consumer.tenure; held !== undefined && !held.isEnding; held = consumer.tenure) {
        await this.#end(held)
      }
      if (!consumer.isRunning || leaving.aborted) return
      await consumer.stop()
      await this.#join(consumer)
    }
    this.#inTurn(partition, work).catch(failed)
  }

  /** Until it is over in good order, or is lost meanwhile. */
  async #end(tenure: QueueTenure): Promise<void> {
    tenure.isEnding = true
    const lost = Promise.withResolvers<void>()
    tenure.lost.addEventListener("abort", () => lost.resolve())
    await Promise.race([this.#options.finish(tenure), lost.promise])
  }

  async #join(consumer: QueueConsumer): Promise<void> {
    if (!consumer.isRunning && !this.#options.leaving.aborted) await consumer.start()
  }

  #inTurn(partition: number, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns[partition] as Promise<void>).then(work)
    this.#turns[partition] = turn.catch(() => {})
    return turn
  }
}

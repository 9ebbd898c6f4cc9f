import type { Clock } from "@annals/core"
import type { Channel, ConsumeMessage } from "amqplib"
import { closeChannel } from "../connection/close-channel.ts"
import { failed, translateError, unavailable } from "../errors.ts"
import { decodeEvent, decodeProbe } from "../wire.ts"
import { type QueueDelivery, QueueTenure } from "./delivery.ts"
import type { HandOver } from "./hand-over.ts"
import { Unacknowledged } from "./unacknowledged.ts"

export interface QueueConsumerOptions {
  readonly queue: string
  readonly prefetch: number
  readonly handOver: HandOver
  readonly clock: Clock
  openChannel(): Promise<Channel>
  /** The broker has ended it. It can be started again. */
  ended(consumer: QueueConsumer, error: unknown): void
  probed(tenure: QueueTenure, content: unknown): void
}

/** What lasts as long as a channel. */
interface Run {
  readonly channel: Channel
  readonly unacknowledged: Unacknowledged
  tenure: QueueTenure | undefined
}

/**
 * Consumes one queue, on a channel of its own. It is given up by closing the channel: then the broker takes back all that isn't acknowledged in one step, in order, before
 * it serves the next consumer. Cancelling the consumer would let the next one begin behind what is still unacknowledged here.
 */
export class QueueConsumer {
  readonly queue: string
  readonly #options: QueueConsumerOptions
  #run: Run | undefined
  /** Starts and stops so far. */
  #starts = 0

  constructor(options: QueueConsumerOptions) {
    this.queue = options.queue
    this.#options = options
  }

  get isRunning(): boolean {
    return this.#run !== undefined
  }

  /** Known to be held once something has come of it. */
  get tenure(): QueueTenure | undefined {
    return this.#run?.tenure
  }

  /** How many messages are here that aren't acknowledged. */
  get unacknowledged(): number {
    return this.#run?.unacknowledged.size ?? 0
  }

  /** Stands in line for the queue, at its end. */
  async start(): Promise<void> {
    const { openChannel, prefetch } = this.#options
    const start = ++this.#starts
    const channel = await openChannel()
    if (start !== this.#starts) return closeChannel(channel, this.#options.clock) // stopped meanwhile
    const run: Run = { channel, unacknowledged: new Unacknowledged(channel), tenure: undefined }
    this.#run = run
    let reason: unknown
    channel.on("error", (error) => {
      reason = error
    })
    channel.on("close", () => this.#ended(run, reason))
    try {
      await channel.prefetch(prefetch)
      await channel.consume(this.queue, (message) => this.#received(run, message))
    } catch (error) {
      await this.stop()
      throw translateError(reason ?? error)
    }
  }

  acknowledge(tenure: QueueTenure, deliveries: readonly QueueDelivery[]): void {
    const run = this.#run
    if (run === undefined || run.tenure !== tenure) return
    run.unacknowledged.acknowledge(deliveries)
  }

  /** Gives messages back, for anybody: where order doesn't matter. */
  requeue(tenure: QueueTenure, deliveries: readonly QueueDelivery[]): void {
    const run = this.#run
    if (run === undefined || run.tenure !== tenure) return
    for (const { message } of deliveries) run.unacknowledged.requeue(message)
  }

  /** Gives everything back that isn't acknowledged, and leaves the line. */
  async stop(): Promise<void> {
    this.#starts++
    const run = this.#run
    if (run === undefined) return
    this.#leave(run)
    await closeChannel(run.channel, this.#options.clock)
  }

  #received(run: Run, message: ConsumeMessage | null): void {
    if (this.#run !== run) return
    if (message === null) {
      this.#cancelled(run)
      return
    }
    run.tenure ??= new QueueTenure(this)
    const { tenure } = run
    const probe = decodeProbe(message)
    if (probe !== undefined) {
      run.channel.ack(message)
      if (!tenure.isEnding) this.#options.probed(tenure, probe)
      return
    }
    if (tenure.isEnding) return
    run.unacknowledged.add(message)
    const { head, body, attempts } = decodeEvent(message)
    this.#options.handOver.add({ tenure, head, body, attempts, place: this.queue, message })
  }

  /** The broker says so when the queue is removed. */
  #cancelled(run: Run): void {
    this.#leave(run)
    void closeChannel(run.channel, this.#options.clock)
    this.#options.ended(this, failed(`the queue ${this.queue} was removed (NOT_FOUND)`))
  }

  #ended(run: Run, reason: unknown): void {
    if (this.#run !== run) return
    this.#leave(run)
    const error = reason === undefined ? unavailable("the channel was closed") : translateError(reason)
    this.#options.ended(this, error)
  }

  #leave(run: Run): void {
    if (this.#run !== run) return
    this.#run = undefined
    if (run.tenure === undefined) return
    run.tenure.end()
    this.#options.handOver.ended(run.tenure)
  }
}

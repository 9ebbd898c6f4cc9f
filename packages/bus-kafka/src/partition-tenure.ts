import type { Tenure } from "@annals/core"
import type { KafkaPosition, KafkaRecord } from "./kafka-client.ts"
import { KafkaDelivery } from "./kafka-delivery.ts"

/**
 * A member's hold on a partition: from when it joins a generation of its group until that ends. Messages are acknowledged in any order; what may be committed is the offset
 * of the first that isn't.
 */
export class PartitionTenure implements Tenure {
  readonly topic: string
  readonly partition: number
  /** Of retries and replays: the delay of their topic. `undefined`: the topic of the bus. */
  readonly delayMs: number | undefined
  readonly lost: AbortSignal
  /** How many were handed over and are neither acknowledged nor released. */
  unsettled = 0
  /** A message was given back: those behind it belong to somebody else as well. */
  isEnding = false
  readonly #end = new AbortController()
  /** Up to here everything is acknowledged. */
  #position: number
  #committed: number
  /** What was handed over, but for the first `#gone`, in order. */
  #handedOver: KafkaDelivery[] = []
  #gone = 0

  constructor({ topic, partition, offset }: KafkaPosition, delayMs: number | undefined) {
    this.topic = topic
    this.partition = partition
    this.delayMs = delayMs
    this.lost = this.#end.signal
    this.#position = offset
    this.#committed = offset
  }

  hand(record: KafkaRecord): KafkaDelivery {
    const delivery = new KafkaDelivery(this, record)
    this.#handedOver.push(delivery)
    this.unsettled++
    return delivery
  }

  /** Returns whether it was to be settled. */
  settle(delivery: KafkaDelivery, state: "acknowledged" | "released"): boolean {
    if (delivery.state !== "handed-over" || this.lost.aborted) return false
    delivery.state = state
    this.unsettled--
    if (state === "released") this.isEnding = true
    else this.#advance()
    return true
  }

  /** What is to be committed, if there is something new. */
  uncommitted(): KafkaPosition | undefined {
    if (this.#position <= this.#committed || this.lost.aborted) return undefined
    return { topic: this.topic, partition: this.partition, offset: this.#position }
  }

  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset)
  }

  /** The log was cut off, at its begin or its end: goes on from there. What was handed over of the one before says nothing about this one. */
  restartAt(offset: number): void {
    this.#position = offset
    this.#committed = offset - 1
    this.#handedOver = []
    this.#gone = 0
  }

  lose(reason: unknown): void {
    this.#handedOver = []
    this.unsettled = 0
    this.#end.abort(reason)
  }

  #advance(): void {
    const all = this.#handedOver
    while (all[this.#gone]?.state === "acknowledged") {
      const { offset } = (all[this.#gone++] as KafkaDelivery).record
      this.#position = Math.max(this.#position, offset + 1)
    }
    if (this.#gone < 1_024 && this.#gone < all.length) return
    this.#handedOver = all.slice(this.#gone)
    this.#gone = 0
  }
}

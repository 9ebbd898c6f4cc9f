import type { Delivery, Tenure } from "@annals/core"
import type { ConsumeMessage } from "amqplib"
import type { QueueConsumer } from "./queue-consumer.ts"

/** A hold on a queue: as long as the channel on which it is consumed, unless it is given up before. */
export class QueueTenure implements Tenure {
  readonly consumer: QueueConsumer
  readonly #ended = new AbortController()
  readonly lost: Tenure["lost"] = this.#ended.signal
  /** Nothing more is handed over: it is being given up. */
  isEnding = false
  /** What `lost` says: an AbortSignal takes its time to answer, for every message. */
  isLost = false
  /** Handed over and not settled. */
  unsettled = 0

  constructor(consumer: QueueConsumer) {
    this.consumer = consumer
  }

  end(): void {
    this.isEnding = true
    this.isLost = true
    this.#ended.abort()
  }
}

export interface QueueDelivery extends Delivery {
  readonly tenure: QueueTenure
  readonly message: ConsumeMessage
}

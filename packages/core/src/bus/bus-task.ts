import type { EventMetadata } from "../events/event.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { StreamKey } from "../streams/stream.ts"
import type { Delivery } from "./bus-driver.ts"
import type { Hold } from "./hold.ts"
import type { SentAlong } from "./wire-message.ts"

/** An event on its way to a handler. */
export interface EventTask {
  readonly kind: "event"
  readonly hold: Hold
  readonly delivery: Delivery
  readonly event: StoredEvent
  readonly metadata: EventMetadata
  readonly sent: SentAlong | undefined
  /** The name of its stream: tasks of one stream are worked on one after another. */
  readonly lane: string
  /** How often handling it failed so far. */
  attempts: number
}

/** A stream whose dead letters are to be handled again. Only with `order: "stream"`. */
export interface ReplayTask {
  readonly kind: "replay"
  readonly hold: Hold
  readonly stream: StreamKey
  readonly lane: string
}

export type BusTask = EventTask | ReplayTask

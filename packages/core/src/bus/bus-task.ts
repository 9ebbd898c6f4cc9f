import type { StoredEvent } from "../store/stored-event.ts"
import { type StreamKey, streamName } from "../streams/stream.ts"
import type { Delivery } from "./bus-driver.ts"
import type { Hold } from "./hold.ts"
import type { SentAlong } from "./wire-message.ts"

/** An event on its way to a handler. */
export interface EventTask {
  readonly kind: "event"
  readonly hold: Hold
  readonly delivery: Delivery
  readonly event: StoredEvent
  readonly sent: SentAlong | undefined
  /** How often handling it failed so far. */
  attempts: number
}

/** A stream whose dead letters are to be handled again. Only with `order: "stream"`. */
export interface ReplayTask {
  readonly kind: "replay"
  readonly hold: Hold
  readonly stream: StreamKey
}

export type BusTask = EventTask | ReplayTask

/** Tasks of one stream are worked on one after another. */
export function laneOf(task: BusTask): string {
  return streamName(task.kind === "event" ? task.event.stream : task.stream)
}

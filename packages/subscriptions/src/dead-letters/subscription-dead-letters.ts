import type { DeadLetter, DeadLetterFilter, ParkedStream, StreamRef } from "@annals/core"

/** The events that a subscription parked. They point into the log by position. */
export interface SubscriptionDeadLetters {
  /** In the order they were parked. */
  list(filter?: Omit<DeadLetterFilter, "source">): Promise<readonly DeadLetter[]>
  /** Streams that wait, with how many events. */
  parkedStreams(): Promise<readonly ParkedStream[]>
  /**
   * Has the events of a stream, or of all, handled again by whoever owns them, in order and before newer ones of their stream. If one
   * fails again, it and the rest stay. Returns how many there are.
   */
  requeue(stream?: StreamRef): Promise<number>
  /** Gives up events for good. Those that waited behind them in their streams are requeued. Returns how many were given up. */
  discard(eventIds: readonly string[]): Promise<number>
}

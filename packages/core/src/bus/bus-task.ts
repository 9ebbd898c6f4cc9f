import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import type { StreamKey } from "../streams/stream.ts"

/** An event on its way to a handler. */
export interface EventTask {
  readonly kind: "event"
  readonly event: StoredEvent
  /** How often handling it failed so far. */
  attempts: number
}

/** A stream whose dead letters are to be handled again. Only with `order: "stream"`. */
interface ReplayTask {
  readonly kind: "replay"
  readonly stream: StreamKey
}

export type BusTask = EventTask | ReplayTask

/** Where a consumer's tasks come from, and go to: what a transport implements. */
export interface TaskSource {
  /**
   * The next task that may be worked on now, if there is one. With `order: "stream"` no other task of its stream may be
   * handed out until `done` or `giveBack` is called for this one.
   */
  take(): BusTask | undefined
  /** The task's event was handled, or is safe elsewhere: acknowledge it. */
  done(task: BusTask): void | Promise<void>
  /** The consumer stops and hasn't done the task: somebody else has to, first of its stream. */
  giveBack(task: BusTask): void | Promise<void>
  /** The consumer may take a task again. */
  hasRoom(): void
  /** Only with `order: "none"`: hands the event to this group once more, after so many milliseconds. `done` follows. */
  retryLater(task: EventTask, delayMs: number): void | Promise<void>
  /** Only with `order: "none"`: puts the event among the group's dead letters. `done` follows. */
  addDeadLetter(task: EventTask, failure: DeadLetterFailure): void | Promise<void>
}

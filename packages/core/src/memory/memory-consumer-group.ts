import type { BusTask, EventTask, TaskSource } from "../bus/bus-task.ts"
import type { Consumer } from "../bus/consumer.ts"
import { Lanes } from "../bus/lanes.ts"
import type { Clock } from "../ports/clock.ts"
import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { StoredEvent } from "../store/stored-event.ts"
import { type StreamKey, streamName } from "../streams/stream.ts"

/** An event that failed for the last time, with order `"none"`. */
export interface GroupDeadLetter {
  readonly event: StoredEvent
  readonly failure: DeadLetterFailure
}

/**
 * A group's part of the memory bus: what was published since the group exists and isn't done yet, in lanes from which its
 * consumers take. With order `"stream"` each stream has its lane, with `"none"` each event.
 */
export class MemoryConsumerGroup implements TaskSource {
  readonly order: "stream" | "none"
  readonly deadLetters = new Map<string, GroupDeadLetter>()
  readonly #clock: Clock
  readonly #closing: AbortSignal
  readonly #lanes = new Lanes<BusTask>()
  #consumers: readonly Consumer[] = []
  #sleeping = 0
  #isDispatchDue = false

  constructor(order: "stream" | "none", clock: Clock, closing: AbortSignal) {
    this.order = order
    this.#clock = clock
    this.#closing = closing
  }

  /** Events that are waiting, in flight, or dead letters. */
  get backlog(): number {
    return this.#lanes.size + this.#sleeping + this.deadLetters.size
  }

  get consumers(): readonly Consumer[] {
    return this.#consumers
  }

  join(consumer: Consumer): void {
    this.#consumers = [...this.#consumers, consumer]
    this.hasRoom()
  }

  leave(consumer: Consumer): void {
    this.#consumers = this.#consumers.filter((other) => other !== consumer)
  }

  deliver(event: StoredEvent): void {
    this.#add({ kind: "event", event, attempts: 0 })
  }

  /** Has a consumer handle the stream's requeued dead letters, in line with its other events. */
  replay(stream: StreamKey): void {
    this.#add({ kind: "replay", stream })
  }

  take(): BusTask | undefined {
    return this.#lanes.take()
  }

  done(task: BusTask): void {
    this.#lanes.done(this.#laneOf(task))
  }

  giveBack(task: BusTask): void {
    this.#lanes.giveBack(this.#laneOf(task), task)
  }

  retryLater(task: EventTask, delayMs: number): void {
    this.#sleeping++
    const retry = { ...task }
    this.#clock
      .sleep(delayMs, this.#closing)
      .then(() => this.#add(retry))
      .catch(() => {}) // the bus was closed
      .finally(() => this.#sleeping--)
  }

  addDeadLetter({ event }: EventTask, failure: DeadLetterFailure): void {
    this.deadLetters.set(event.id, { event, failure })
  }

  /** Soon shares out tasks among the consumers, in turn; never within the caller's own work. */
  hasRoom(): void {
    if (this.#isDispatchDue) return
    this.#isDispatchDue = true
    queueMicrotask(() => {
      this.#isDispatchDue = false
      while (this.#consumers.filter((consumer) => consumer.takeOne()).length > 0);
    })
  }

  #add(task: BusTask): void {
    this.#lanes.add(this.#laneOf(task), task)
    this.hasRoom()
  }

  #laneOf(task: BusTask): unknown {
    if (this.order === "none") return task
    return streamName(task.kind === "event" ? task.event.stream : task.stream)
  }
}

import { createBusRestorer, encodeBusEvent } from "../bus/bus-event.ts"
import { Consumer, type ConsumerTools } from "../bus/consumer.ts"
import { type ConsumerSettings, resolveConsumerOptions } from "../bus/consumer-settings.ts"
import { createOrderedDeadLetters } from "../bus/ordered-dead-letters.ts"
import { ParkedStreams } from "../bus/parked-streams.ts"
import { systemClock } from "../clock/system-clock.ts"
import { jsonSerializer } from "../codecs/json-serializer.ts"
import type { Serializer } from "../codecs/serializer.ts"
import { AnnalsError } from "../errors/annals-error.ts"
import type { RecordedEvent } from "../events/event.ts"
import type { Clock } from "../ports/clock.ts"
import type { BusConsumer, BusDeadLetters, ConsumerOptions, EventBus } from "../ports/event-bus.ts"
import { checkWhole, invalidOption } from "../ports/front/check-input.ts"
import type { Logger } from "../ports/logger.ts"
import { MemoryConsumerGroup } from "./memory-consumer-group.ts"
import { createMemoryDeadLetters } from "./memory-dead-letters.ts"

/** What a memory bus is made with. */
export interface MemoryBusOptions {
  /** Waits out backoffs. Default `systemClock`. */
  readonly clock?: Clock
  /** Default `jsonSerializer`. Events travel serialised, so that no consumer shares anything with another. */
  readonly serializer?: Serializer
  /**
   * How many events a group keeps in memory that aren't done yet, its dead letters among them. Beyond, publishing rejects
   * with `BUS_UNAVAILABLE`. Default 100,000.
   */
  readonly maxBacklog?: number
  /** Where backoffs get their jitter from: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: () => number
  /** Default: none. */
  readonly logger?: Logger
}

const defaultMaxBacklog = 100_000

/**
 * A bus within one process, for tests and for programs that are one process. It keeps the contract of every bus, but
 * for durability: what isn't handled when the process ends is gone.
 *
 * A group exists from its first `subscribe` on, and from then on keeps what it is sent, also while it has no consumers.
 *
 * @example
 * await using bus = createMemoryBus()
 * await bus.subscribe({ group: "mailer", handler: (event) => sendMail(event), deadLetters: store.deadLetters })
 * await bus.publish([event])
 */
export function createMemoryBus(options: MemoryBusOptions = {}): EventBus {
  const { clock = systemClock, serializer = jsonSerializer, random = Math.random, logger } = options
  const maxBacklog = checkWhole(options.maxBacklog ?? defaultMaxBacklog, "maxBacklog", 1)
  return new MemoryBus(maxBacklog, { clock, serializer, random, logger })
}

interface Group {
  readonly tasks: MemoryConsumerGroup
  /** Shared by the group's consumers, so that each knows what the others parked. */
  parked: { readonly store: ConsumerSettings["deadLetters"]; readonly streams: ParkedStreams | undefined }
}

class MemoryBus implements EventBus {
  readonly name = "memory"
  readonly #maxBacklog: number
  readonly #tools: ConsumerTools
  readonly #groups = new Map<string, Group>()
  readonly #closing = new AbortController()
  #closed: Promise<void> | undefined

  constructor(maxBacklog: number, tools: ConsumerTools) {
    this.#maxBacklog = maxBacklog
    this.#tools = tools
  }

  async publish(
    events: readonly RecordedEvent[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    this.#checkOpen()
    signal?.throwIfAborted()
    const encoded = events.map((event) => encodeBusEvent(event, this.#tools.serializer))
    for (const [name, { tasks }] of this.#groups) {
      if (tasks.backlog + encoded.length > this.#maxBacklog) throw isFull(name, tasks.backlog)
    }
    for (const { tasks } of this.#groups.values()) {
      for (const event of encoded) tasks.deliver(event)
    }
  }

  async subscribe(options: ConsumerOptions<never>): Promise<BusConsumer> {
    this.#checkOpen()
    const settings = resolveConsumerOptions(options)
    const group = this.#groupFor(settings)
    for (const { stream, status } of (await group.parked.streams?.load()) ?? []) {
      if (status === "requeued") group.tasks.replay(stream)
    }
    this.#checkOpen()
    const consumer = new Consumer(settings, group.tasks, group.parked.streams, this.#tools)
    group.tasks.join(consumer)
    void consumer.done.catch(() => {}).then(() => group.tasks.leave(consumer))
    return handleOf(consumer, this.#deadLettersOf(settings, group.tasks))
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#closing.abort()
    const consumers = [...this.#groups.values()].flatMap(({ tasks }) => tasks.consumers)
    await Promise.all(consumers.map((consumer) => consumer.stop()))
  }

  /** Consumers that share a group's streams must agree on how; once all have left, the next may choose anew. */
  #groupFor({ group: name, order, deadLetters }: ConsumerSettings): Group {
    const parkedIn = () => ({
      store: deadLetters,
      streams: deadLetters && new ParkedStreams(deadLetters, name),
    })
    const there = this.#groups.get(name)
    if (there === undefined) {
      const group = {
        tasks: new MemoryConsumerGroup(order, this.#tools.clock, this.#closing.signal),
        parked: parkedIn(),
      }
      this.#groups.set(name, group)
      return group
    }
    if (there.tasks.order !== order)
      throw invalidOption("order", `is "${there.tasks.order}" in group ${name}`)
    if (there.parked.store !== deadLetters) {
      if (there.tasks.consumers.length > 0) {
        throw invalidOption("deadLetters", `must be the same for all consumers of group ${name}`)
      }
      there.parked = parkedIn()
    }
    return there
  }

  #deadLettersOf(
    { group, order, deadLetters, events }: ConsumerSettings,
    tasks: MemoryConsumerGroup,
  ): BusDeadLetters {
    const restore = createBusRestorer({ events, serializer: this.#tools.serializer })
    if (order === "none") return createMemoryDeadLetters(tasks, restore)
    if (deadLetters === undefined) return noDeadLetters
    return createOrderedDeadLetters(deadLetters, group, restore, (stream) => tasks.replay(stream))
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new AnnalsError("CLOSED", "the bus is closed")
  }
}

/** Without a `DeadLetterStore`, a consumer in order of streams stops rather than park. */
const noDeadLetters: BusDeadLetters = {
  list: async () => [],
  replay: async () => 0,
  discard: async () => 0,
}

function handleOf(consumer: Consumer, deadLetters: BusDeadLetters): BusConsumer {
  return {
    group: consumer.settings.group,
    done: consumer.done,
    pause: () => consumer.pause(),
    resume: () => consumer.resume(),
    status: () => consumer.status(),
    deadLetters,
    stop: () => consumer.stop(),
    [Symbol.asyncDispose]: () => consumer.stop(),
  }
}

function isFull(group: string, backlog: number): AnnalsError {
  const why = `group ${group} has ${backlog} events that aren't done: start a consumer, or discard dead letters`
  return new AnnalsError("BUS_UNAVAILABLE", why, { retryable: true, actual: backlog })
}

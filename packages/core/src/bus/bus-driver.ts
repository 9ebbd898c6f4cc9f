import type { DeadLetterFailure } from "../ports/dead-letter-store.ts"
import type { BusCapabilities } from "../ports/event-bus.ts"

/**
 * What a backend implements. `createBus` stands in front of it: it encodes, validates, keeps order, calls handlers, counts attempts, backs off, parks
 * and observes. A driver moves messages, and knows nothing of handlers.
 *
 * Whatever is thrown is translated into an `AnnalsError` by the adapter's `errors.ts`: `BUS_UNAVAILABLE` (`retryable`) when the broker can't be reached,
 * `BUS_FAILED` when it refuses, and never with a secret in it.
 */
export interface BusDriver {
  /** For messages and spans: `"memory"`, `"redis"`, `"rabbitmq"`, `"kafka"`. */
  readonly name: string
  /** What the bus's names in the broker begin with, for spans and metrics: the same for all handles that share events. */
  readonly topic: string
  readonly capabilities: BusCapabilities
  /**
   * Connects, and creates or checks what the bus needs in the broker. Called before the first use, once at a time; after a rejection again before
   * the next use. From then on the driver reconnects by itself.
   */
  open(): Promise<void>
  /**
   * Sends in the order given; at least one message. Resolves when the broker has all of them. One call at a time is not guaranteed: calls that are under
   * way together must reach the broker in the order in which they were made, for each slot.
   */
  publish(messages: readonly BusMessage[], signal: AbortSignal | undefined): Promise<void>
  /**
   * Joins a group, which it creates if it isn't there. Resolves when whatever is published from then on reaches the group. Rejects with `INVALID_OPTION` (path
   * `order`) when the group is there with the other order.
   */
  join(member: GroupMember): Promise<GroupMembership>
  /** The dead letters that the broker keeps for a group with order `"none"`. */
  deadLetters(group: string): BrokerDeadLetters
  /**
   * Removes a group with all that the broker keeps for it: what it hasn't handled, its retries, its dead letters. One that isn't there is none to remove.
   * Rejects with `BUS_FAILED` while it has members, as far as the broker can tell.
   */
  removeGroup(group: string): Promise<void>
  /** One exchange with the broker. Rejects when it doesn't answer. */
  ping(): Promise<void>
  /** Called once, when all members have left and nothing is being published; also when it was never opened. */
  close(): Promise<void>
}

/** An event on the wire. A driver carries `head` and `body` unchanged, and needs to understand neither. */
export interface BusMessage {
  /** 0 to 1023: the events of a stream have one slot. Partitions are made of slots: `slot % partitions`. */
  readonly slot: number
  /** The stream's name: what a broker may show as the message's key. */
  readonly key: string
  readonly eventId: string
  readonly type: string
  readonly category: string
  /** Everything about the event but its payload's body: the text of a JSON object, on one line. */
  readonly head: string
  /** The payload, text or bytes. */
  readonly body: string | Uint8Array
}

/**
 * A member's hold on a part of its group's messages (a partition, a queue), from when it gets it until it loses it. With order `"stream"`, at
 * most one member of a group has a slot at a time. A driver makes a new object for each, and may add fields of its own.
 */
export interface Tenure {
  /**
   * Aborted when the hold is lost: what was handed over in it is not the member's any more. Work in flight is abandoned; nothing of it is
   * acknowledged, retried or parked.
   */
  readonly lost: AbortSignal
}

/** A message handed to a member. Settled exactly once: acknowledged, retried, put among the dead letters, or released. A driver may add fields of its own. */
export interface Delivery {
  readonly tenure: Tenure
  /** `undefined`: the message has none, so no bus sent it. */
  readonly head: string | undefined
  /** Text may come as its bytes in UTF-8. */
  readonly body: string | Uint8Array
  /** How often handling it has failed before, as far as the broker knows. */
  readonly attempts: number
  /** Where it lies in the broker, for whoever has to look at it there: only read when `head` isn't one of a bus. */
  readonly place?: string
}

/** A consumer, as its driver sees it. */
export interface GroupMember {
  readonly group: string
  readonly order: "stream" | "none"
  readonly from: "now" | "earliest"
  /** For order `"none"`: every delay that `retryLater` can be called with rounds up to one of these. Ascending, without repeats, few; empty: there are no retries. */
  readonly retryDelaysMs: readonly number[]
  /** So many deliveries may be handed over and not settled. Counted over all tenures; the driver stops fetching beyond. At least 1. */
  readonly maxUnsettled: number
  /** Takes deliveries, those of one slot in the order in which they were published. Never throws, never waits. */
  receive(deliveries: readonly Delivery[]): void
  /**
   * Ends a tenure in good order, before the driver gives it away: nothing more of it is begun, backoffs end, and it resolves when all its deliveries are
   * settled; those that weren't begun have been released by then. What is settled until then still counts.
   */
  finish(tenure: Tenure): Promise<void>
  /** The member is the one that holds these slots: it sees to their parked streams that are to be replayed. See `GroupMembership.nudge`. */
  nudged(tenure: Tenure, slots: readonly number[]): void
  /** The broker can't be reached any more, or can again. The driver goes on trying by itself. */
  disconnected(error: unknown): void
  connected(): void
  /** It can't go on, for a reason that trying again won't mend: the consumer fails with this error. The driver is still asked to `leave`. */
  fail(error: unknown): void
}

/** A member's way to its broker. After `leave()` nothing else is called. */
export interface GroupMembership {
  /**
   * These were handled, or are safe elsewhere. Many at a time; doesn't wait and never throws: what the broker hasn't confirmed when the connection is lost is
   * delivered again. Of a tenure that is lost it must have no effect.
   */
  acknowledge(deliveries: readonly Delivery[]): void
  /** These weren't done, and somebody else has to do them, first of their slot: the member leaves, or ends the tenure. It needs no more deliveries of that tenure. */
  release(deliveries: readonly Delivery[]): void
  /**
   * Only with order `"none"`: hands the message to this group once more, after at least so many milliseconds, with `attempts` as given. Resolves when the broker has
   * that, and has the delivery acknowledged, in this order or at once.
   */
  retryLater(delivery: Delivery, attempts: number, delayMs: number): Promise<void>
  /** Only with order `"none"`: puts the message among the group's dead letters, and acknowledges the delivery, in this order or at once. */
  addDeadLetter(delivery: Delivery, failure: DeadLetterFailure): Promise<void>
  /** Only with order `"stream"`, where the broker can count (`countsAttempts`): so often handling the delivery has failed now. Doesn't wait, never throws. */
  noteAttempts?(delivery: Delivery, attempts: number): void
  /**
   * With order `"stream"`: streams in these slots are waiting to be replayed. The driver calls `member.nudged(tenure, slots)`, soon, for those slots that the member
   * holds. Every member is nudged, every now and then: those that a member doesn't hold can be left to the others.
   */
  nudge(slots: readonly number[]): void
  /** How many messages the broker has for the group that aren't acknowledged, those that wait for their retry among them; dead letters are not. */
  lag(): Promise<number>
  /** Leaves the group, when everything is settled: acknowledges what is to be acknowledged, and lets the others take over at once. */
  leave(): Promise<void>
}

/** The dead letters that a broker keeps for a group, with order `"none"`. */
export interface BrokerDeadLetters {
  /** The oldest ones. */
  list(limit: number): Promise<readonly BrokerDeadLetter[]>
  /** Hands them to the group again, with no failed attempts. `undefined`: all. Returns how many there were. */
  replay(eventIds: ReadonlySet<string> | undefined): Promise<number>
  discard(eventIds: ReadonlySet<string>): Promise<number>
}

/** A message that a group could not take. */
export interface BrokerDeadLetter {
  readonly head: string
  readonly body: string | Uint8Array
  readonly failure: DeadLetterFailure
}

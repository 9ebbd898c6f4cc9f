import type { EventType, NewEvent, OutboxMessage } from "@annals/core"

/** What a process manager may answer an event with: one of these, several, or nothing. All of it takes effect together, and once. */
export type ProcessDecision<Own extends NewEvent, Deadline extends NewEvent> =
  | Own
  | CommandDecision
  | ScheduleDecision<Deadline>
  | CancelDecision<Deadline["type"]>
  | SendDecision

/** What a handler of a process manager may return. */
export type ProcessDecisions<Own extends NewEvent, Deadline extends NewEvent> =
  | ProcessDecision<Own, Deadline>
  | readonly ProcessDecision<Own, Deadline>[]
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing decides on nothing
  | void

/** A command for an aggregate of the same store; made by {@link execute}. */
export interface CommandDecision {
  readonly decision: "execute"
  /** As it was defined: what `defineDecider` or `defineAggregate` returned, or a class. */
  readonly aggregate: object
  readonly id: string
  readonly command: string
  readonly payload: unknown
}

/** A deadline to come; made by {@link schedule}. */
export interface ScheduleDecision<Deadline extends NewEvent = NewEvent> {
  readonly decision: "schedule"
  /** Epoch milliseconds. */
  readonly at: number
  readonly event: Deadline
  /** Of the deadline, within its process. */
  readonly id: string
}

/** A deadline that is no longer wanted; made by {@link cancel}. */
export interface CancelDecision<Type extends string = string> {
  readonly decision: "cancel"
  readonly type: Type
  readonly id: string
}

/** A message for the outbox; made by {@link send}. */
export interface SendDecision {
  readonly decision: "send"
  readonly message: Omit<OutboxMessage, "id"> & { readonly id?: string }
}

/** How a deadline is told apart from others of its process. */
export interface DeadlineOptions {
  /** Default: the type of its event. One that is scheduled under the id of another takes its place. */
  readonly id?: string
}

/**
 * Decides on an event of the process that comes when a deadline is over, unless it is cancelled before.
 *
 * @example
 * schedule(event.occurredAt + 24 * 3_600_000, paymentOverdue({ orderId }))
 */
export function schedule<Deadline extends NewEvent>(
  at: number,
  event: Deadline,
  { id = event.type }: DeadlineOptions = {},
): ScheduleDecision<Deadline> {
  return { decision: "schedule", at, event, id }
}

/**
 * Calls off a deadline, also one that is over and not yet handled. Where there is none, it does nothing.
 *
 * @example
 * cancel(paymentOverdue)
 */
export function cancel<const Type extends string>(
  { type }: EventType<Type>,
  { id = type }: DeadlineOptions = {},
): CancelDecision<Type> {
  return { decision: "cancel", type, id }
}

/** Decides on a message that isn't an event, for the relay of the outbox. Its id derives from the event that is handled, unless given. */
export function send(message: SendDecision["message"]): SendDecision {
  return { decision: "send", message }
}

import type { Position } from "../streams/position.ts"
import type { StreamId } from "../streams/stream.ts"
import type { JsonValue } from "./payload.ts"

/**
 * What is known about an event besides its data. Correlation and causation are filled in from the current
 * context (see `withContext`); own fields are kept as they are.
 */
export interface EventMetadata {
  /** Shared by everything that one first command or event set off. */
  readonly correlationId?: string
  /** The id of the command or event that caused this one. */
  readonly causationId?: string
  /** Who did it. */
  readonly actor?: string
  /** W3C trace context. */
  readonly traceparent?: string
  readonly tracestate?: string
  readonly [field: string]: JsonValue | undefined
}

/** What may be given along with an event's data. */
export interface EventOptions {
  /** A UUID of any version. Default: a fresh UUIDv7, made when the event is appended. */
  readonly id?: string
  readonly metadata?: EventMetadata
  /** Added to the tags that the event's type derives from its data. */
  readonly tags?: readonly string[]
  /** Epoch milliseconds. Default: the clock's time when the event is appended. */
  readonly occurredAt?: number
}

/** An event that isn't recorded yet. Made by calling its event type, or written as a plain object. */
export interface NewEvent<Type extends string = string, Data = unknown> extends EventOptions {
  readonly type: Type
  readonly data: Data
}

/** An event as a store holds it. */
export interface RecordedEvent<
  Type extends string = string,
  Data = unknown,
  Category extends string = string,
> {
  readonly id: string
  readonly type: Type
  /** The version of the type's schema that `data` follows: the newest one, after upcasting. */
  readonly schemaVersion: number
  readonly data: Data
  readonly metadata: EventMetadata
  readonly tags: readonly string[]
  /** Epoch milliseconds: when it happened. */
  readonly occurredAt: number
  /** Epoch milliseconds: when it was appended. Order is by position, never by time. */
  readonly recordedAt: number
  readonly tenant: string
  readonly stream: StreamId<Category>
  /** Place in its stream, counted from 1. */
  readonly version: number
  /** Place in the whole store. */
  readonly position: Position
}

/** The recorded form of a new event; distributes over unions. */
export type Recorded<Event, Category extends string = string> =
  Event extends NewEvent<infer Type, infer Data> ? RecordedEvent<Type, Data, Category> : never

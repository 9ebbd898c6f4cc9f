import type { EventMetadata, NewEvent, Recorded, RecordedEvent } from "../events/event.ts"
import type { EventSet } from "../events/event-set.ts"
import type { ReadPolicy } from "../events/read-policy.ts"
import type { Clock } from "../ports/clock.ts"
import type { IdGenerator } from "../ports/id-generator.ts"
import type { Logger } from "../ports/logger.ts"
import type { Observer } from "../ports/observer.ts"
import type { StorePorts } from "../ports/store-ports.ts"
import type { WakeUps } from "../ports/wake-ups.ts"
import type { ExpectedVersion } from "../streams/expected-version.ts"
import type { Position } from "../streams/position.ts"
import type { StreamId, TypedStream } from "../streams/stream.ts"
import type { EventFilter } from "./event-filter.ts"
import type { AppendCondition } from "./event-query.ts"
import type { FilterTest } from "./filter-test.ts"
import type { StoreCapabilities, StreamFilter, StreamInfo } from "./store-driver.ts"
import type { StoredEvent } from "./stored-event.ts"
import type { TransactionalStore, UnitOfWork } from "./unit-of-work.ts"

type Foreign<Allowed extends NewEvent, Type extends string> = string extends Allowed["type"]
  ? never
  : Exclude<Type, Allowed["type"]>

/** What a stream takes of the types that are given. A foreign one makes it a type error of one line that names it. */
export type EventsOf<Category extends string, Allowed extends NewEvent, Type extends string> = [
  Foreign<Allowed, Type>,
] extends [never]
  ? readonly ({ readonly type: Type } & NoInfer<OfType<Allowed, Type>>)[]
  : ForeignEvent<Category, Foreign<Allowed, Type>>

/** One event of {@link EventsOf}. */
export type OneEventOf<Category extends string, Allowed extends NewEvent, Type extends string> = [
  Foreign<Allowed, Type>,
] extends [never]
  ? { readonly type: Type } & NoInfer<OfType<Allowed, Type>>
  : ForeignEvent<Category, Foreign<Allowed, Type>>

type ForeignEvent<
  Category extends string,
  Type extends string,
> = `"${Type}" is no event of category "${Category}"`

type OfType<Allowed extends NewEvent, Type extends string> = string extends Allowed["type"]
  ? NewEvent
  : Extract<Allowed, { readonly type: Type }>

/** What an append expects, and what goes with it. */
export interface AppendOptions<Tx = unknown> {
  /** Default `"any"`. */
  readonly expected?: ExpectedVersion
  readonly condition?: AppendCondition
  /** Laid under the metadata of each event. */
  readonly metadata?: EventMetadata
  /** Validates and reads by these types. Default: those of the stream's category, else the store's `events`. */
  readonly events?: EventSet
  /**
   * Runs after the insert and before the commit, with the recorded events; not for a repeat. What it writes through the unit of work
   * commits with the append; when it throws, nothing is appended.
   */
  readonly before?: (unitOfWork: UnitOfWork<Tx>, events: readonly RecordedEvent[]) => void | PromiseLike<void>
  /** Given up before the append is handed to the database; never in the middle of it. */
  readonly signal?: AbortSignal
}

/** One stream's part of an append to several. */
export interface StreamEvents {
  readonly stream: StreamId
  readonly events: readonly NewEvent[]
  /** Default `"any"`. */
  readonly expected?: ExpectedVersion
}

/** What was recorded, and where. */
export interface AppendResult {
  /** Of the last event. */
  readonly position: Position
  /** Of each event, in the order given. */
  readonly positions: readonly Position[]
  /** Of the (first) stream after this append. */
  readonly version: number
  /** For each stream, in the order given. */
  readonly streams: readonly {
    readonly stream: StreamId
    readonly firstVersion: number
    readonly version: number
  }[]
  /** Of each event, in the order given. */
  readonly eventIds: readonly string[]
  readonly recordedAt: number
  /** `true`: these events were recorded by an earlier call, whose result this is. */
  readonly repeated: boolean
  /**
   * The events as they were recorded, in the order given, without reading them back; made when asked for. Of a repeat: made of what this call
   * gave. Not enumerable.
   */
  readonly events: readonly RecordedEvent[]
}

/** How what is read becomes events. */
export interface DecodeOptions<Event extends NewEvent = NewEvent> {
  /**
   * The types to read by: upcasts, and types the result. It filters nothing, so that `unreadable` says what becomes of any other event; `types` filters:
   * `{ events: wanted, types: wanted.names }`. (The `events` of a subscription do both.) Default: those of the stream's category, else the store's `events`;
   * with none, data is handed over as it is stored.
   */
  readonly events?: EventSet<Event>
  /** What to do with an event of unknown type, or one that can't be read. Default: the store's policy (`fail`). */
  readonly unreadable?: ReadPolicy
  /** Also run the schema over data read. Default `false`: only what was upcast is validated. */
  readonly validate?: boolean
}

/** Which part of a stream to read, and how. */
export interface ReadStreamOptions<Event extends NewEvent = NewEvent> extends DecodeOptions<Event> {
  /** Default `"forward"`. */
  readonly direction?: "forward" | "backward"
  /** Only versions above this one. Default 0. */
  readonly after?: number
  /** Only versions up to and including this one. */
  readonly until?: number
  /** At most so many events. */
  readonly limit?: number
  /** Events held in memory at a time, at most 100,000. Default 1,000. */
  readonly pageSize?: number
  readonly signal?: AbortSignal
}

/** Which part of a store to read, and how. */
export interface ReadAllOptions<Event extends NewEvent = NewEvent> extends DecodeOptions<Event>, EventFilter {
  /** Default `"forward"`. */
  readonly direction?: "forward" | "backward"
  /** Only positions above this one. Default 0. */
  readonly after?: number
  /** Only positions up to and including this one. */
  readonly until?: number
  readonly limit?: number
  /** Events held in memory at a time, at most 100,000. Default 1,000. */
  readonly pageSize?: number
  readonly signal?: AbortSignal
}

/** A page of what was read. */
export interface EventPage<Event> {
  readonly events: readonly Event[]
  /** Reading on from here (`after`, or `until` backward) misses nothing. A version for a stream, a position for the whole store. */
  readonly scannedTo: number
  /** `false`: the end was reached, as it was then. */
  readonly more: boolean
}

/**
 * What a read returns: nothing is read before it is iterated, and then a page at a time.
 *
 * @example
 * for await (const event of store.readAll({ categories: ["account"] })) console.log(event.type)
 */
export interface EventReader<Event> extends AsyncIterable<Event> {
  /** Page by page, for whoever keeps a checkpoint. */
  pages(): AsyncIterable<EventPage<Event>>
  /** Page by page as the store holds them: not decoded, not upcast, nothing skipped. See {@link EventLog.decode}. */
  undecodedPages(): AsyncIterable<EventPage<StoredEvent>>
  /** All of them in memory; give a `limit` where there may be many. */
  toArray(): Promise<Event[]>
}

/** Appending and reading, in a store or inside a unit of work. */
export interface EventLog<Tx = unknown> {
  /** The backend, for messages and spans: `"memory"`, `"sqlite"`, `"postgresql"`. */
  readonly name: string
  /** The tenant that this handle is bound to; `undefined`: it sees all, and writes to tenant `""`. */
  readonly tenant: string | undefined
  /** What the store was given, for what is built on it. */
  readonly clock: Clock
  readonly generateId: IdGenerator
  readonly logger: Logger | undefined
  readonly observer: Observer | undefined
  /**
   * Appends events to one stream, all or nothing, durably.
   *
   * Appending the same ids again returns the first result. Fails with `VERSION_CONFLICT`, `CONDITION_FAILED`, `EVENT_ID_REUSED`,
   * `INVALID_EVENT`, `INVALID_VALUE`, `UNKNOWN_EVENT_TYPE`, `NOTHING_TO_APPEND`, `NESTED_WRITE`.
   *
   * @example
   * await store.append(accounts.stream("alice"), [deposited({ cents: 500 })], { expected: 3 })
   */
  append<Category extends string, Event extends NewEvent, const Type extends string>(
    stream: TypedStream<Category, Event>,
    events: EventsOf<Category, Event, Type>,
    options?: AppendOptions<Tx>,
  ): Promise<AppendResult>
  /** Appends to several streams, all or nothing. Each stream may occur once. */
  appendToStreams(
    appends: readonly StreamEvents[],
    options?: Omit<AppendOptions<Tx>, "expected">,
  ): Promise<AppendResult>
  /** One stream, in the order of its versions. A stream that doesn't exist has no events. */
  readStream<Category extends string, Event extends NewEvent>(
    stream: TypedStream<Category, Event>,
    options?: ReadStreamOptions<Event>,
  ): EventReader<Recorded<Event, Category>>
  /** The whole store, in the order of positions, filtered in the database. */
  readAll<Event extends NewEvent = NewEvent>(options?: ReadAllOptions<Event>): EventReader<Recorded<Event>>
  /**
   * Makes recorded events of stored ones, as `readAll` does: for whoever reads `undecodedPages()` and needs only some of the events, or shares
   * pages among several that read by different types. Fails with `UNREADABLE_EVENT`, `UNKNOWN_EVENT_TYPE`, `UPCAST_FAILED` by the policy.
   */
  decode<Event extends NewEvent = NewEvent>(
    events: readonly StoredEvent[],
    options?: DecodeOptions<Event>,
  ): Promise<Recorded<Event>[]>
  /**
   * Makes the test that `readAll` with this filter has the database do: for whoever filters pages that are read already. Keeps to the handle's
   * tenant, and knows former names of types by the store's `events`. Throws `INVALID_OPTION`, `INVALID_NAME`.
   */
  filterTest(filter: EventFilter): FilterTest
  /** A position below which nothing new will ever appear; 0 for an empty store. */
  head(): Promise<Position>
  /** The number of events in a stream; 0 = no stream. */
  streamVersion(stream: StreamId): Promise<number>
  /** Whether an event with this id is recorded. */
  hasEvent(eventId: string): Promise<boolean>
  /** The event with this id. */
  findEvent<Event extends NewEvent = NewEvent>(
    eventId: string,
    options?: DecodeOptions<Event>,
  ): Promise<Recorded<Event> | undefined>
  /** What caused an event: its cause, the cause of that, … up to the first that is recorded. */
  causesOf(eventId: string, options?: DecodeOptions): Promise<RecordedEvent[]>
  /** What an event caused, directly and indirectly, in the order of positions. */
  effectsOf(eventId: string, options?: DecodeOptions): Promise<RecordedEvent[]>
  /** Ordered by tenant, category, id. */
  listStreams(filter?: StreamFilter): AsyncIterable<StreamInfo>
  /** Every tenant that has events. */
  listTenants(): Promise<readonly string[]>
}

/** A store of events, with everything else that its transactions can hold. */
export interface EventStore<Tx = unknown>
  extends EventLog<Tx>,
    TransactionalStore<Tx>,
    StorePorts,
    AsyncDisposable {
  readonly capabilities: StoreCapabilities
  /** A handle that sees and writes only this tenant's. Closing it does nothing: the store it came from is closed. */
  forTenant(tenant: string): EventStore<Tx>
  /** Creates or upgrades the schema; safe when several processes do so at once. */
  migrate(): Promise<void>
  /** Hints that there may be something new to read, also when the store is closed. Listen first, then read: then nothing is missed. */
  readonly wakeUps: WakeUps
  /**
   * Waits for what is under way, then lets go of files and connections. Twice is fine; any use after it rejects with `CLOSED`. Inside a unit of work of
   * the store, whose end it would wait for, it rejects with `NESTED_WRITE`.
   */
  close(): Promise<void>
}

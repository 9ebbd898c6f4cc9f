import type { PayloadArguments } from "../deciders/command.ts"
import type { EventMetadata, NewEvent, Recorded } from "../events/event.ts"
import type { UnitOfWork } from "../store/unit-of-work.ts"
import type { Category } from "../streams/category.ts"
import type { Position } from "../streams/position.ts"

/** Which state of an aggregate to load. Default: the newest. */
export interface LoadOptions {
  /** As it was at this version, from 1. */
  readonly atVersion?: number
  /** As it was at this time, in epoch milliseconds. */
  readonly atTime?: number
  /**
   * What `atTime` means. `"recordedAt"` (default): with what had been recorded by then. `"occurredAt"`: with what had happened by then, as far as is
   * known today; all events are read.
   */
  readonly by?: "recordedAt" | "occurredAt"
  readonly signal?: AbortSignal
}

/** What goes with the events of a save. */
export interface SaveOptions {
  /** Laid under the metadata of each event. */
  readonly metadata?: EventMetadata
  readonly signal?: AbortSignal
}

/** What goes with a command. */
export interface ExecuteOptions extends SaveOptions {
  /**
   * Names this request: repeated with the same id it acts once, and returns the first result. It becomes the events' causation id
   * (unless an event caused the command, see `causedBy`), and their correlation id where the context gives none. A command that led to no event
   * leaves no trace, and is decided again. Costs a lookup.
   */
  readonly commandId?: string
}

/** What goes with the final event. */
export interface DiscardOptions extends SaveOptions {
  /** Kept in the final event. */
  readonly reason?: string
}

/** What came of a save. */
export interface SaveResult<Event extends NewEvent = NewEvent, Name extends string = string> {
  /** Of the aggregate now. */
  readonly version: number
  /** What was recorded. */
  readonly events: readonly Recorded<Event, Name>[]
  /** Of the last event recorded; `undefined`: there was nothing to record. Subscriptions can be waited for up to it. */
  readonly position: Position | undefined
}

/** What came of a command. */
export interface ExecuteResult<State, Event extends NewEvent = NewEvent, Name extends string = string>
  extends SaveResult<Event, Name> {
  /** After the events. */
  readonly state: State
  /** `true`: an earlier call with this `commandId` did it; state, version and events are of that time. */
  readonly repeated: boolean
}

/** The commands of an aggregate's class: its public methods that take a payload, or nothing. */
export type CommandsOf<Root> = {
  readonly [Name in keyof Root & string as Root[Name] extends (payload: never) => unknown
    ? Name
    : never]: Root[Name] extends (...payload: infer Given) => unknown
    ? Given extends readonly []
      ? undefined
      : Given[0]
    : never
}

/** Loads and saves the aggregates of one category. */
export interface Repository<
  Root,
  State,
  Commands,
  Event extends NewEvent = NewEvent,
  Name extends string = string,
> {
  readonly category: Category<Name, Event>
  /** A new aggregate, in memory: saving it rejects with `STREAM_ALREADY_EXISTS` where there is one. Throws `INVALID_NAME`. */
  create(id: string): Root
  /**
   * Rejects with `STREAM_NOT_FOUND`, `STREAM_DISCARDED`, `UNHANDLED_EVENT`, `REPLAY_BROKEN`, and as reading a stream does. What was loaded at an
   * earlier version or time can't be saved: `VERSION_CONFLICT`.
   */
  load(id: string, options?: LoadOptions): Promise<Root>
  /** A new aggregate where there is none. */
  loadOrCreate(id: string, options?: Pick<LoadOptions, "signal">): Promise<Root>
  /**
   * Records what an aggregate raised since it was loaded. Rejects with `VERSION_CONFLICT` when somebody was faster (load it again, decide again),
   * `STREAM_ALREADY_EXISTS`, and as an append does.
   */
  save(aggregate: Root, options?: SaveOptions): Promise<SaveResult<Event, Name>>
  /** Whether there is one that isn't discarded. */
  exists(id: string): Promise<boolean>
  /** The number of its events; 0 = none. */
  version(id: string): Promise<number>
  /**
   * Loads an aggregate (or begins a new one), has a command decide, and records the events; after a conflict it does all of it again. Rejects with
   * `COMMAND_REFUSED`, `UNKNOWN_COMMAND`, `STREAM_DISCARDED`, with `VERSION_CONFLICT` after `maxAttempts`, and as `load` and an append do.
   *
   * When an append's outcome is unknown, the very same append is tried again: nothing acts twice.
   */
  execute<const Command extends keyof Commands & string>(
    id: string,
    command: Command,
    ...payload: PayloadArguments<Commands, Command, ExecuteOptions>
  ): Promise<ExecuteResult<State, Event, Name>>
  /**
   * Ends it by a final event, `$discarded`: it no longer exists, and loading it rejects with `STREAM_DISCARDED`. Earlier versions still load, nothing
   * is deleted. Rejects with `STREAM_NOT_FOUND`, `STREAM_DISCARDED`.
   */
  discard(id: string, options?: DiscardOptions): Promise<SaveResult>
  /** The same repository inside a unit of work, without its cache and bus: what it does commits with the rest. */
  within(unitOfWork: UnitOfWork<unknown>): Repository<Root, State, Commands, Event, Name>
}

import type { EventLog, EventStore } from "../store/event-store.ts"
import type { UnitOfWork } from "../store/unit-of-work.ts"
import type { StreamKey } from "../streams/stream.ts"

/** A state and the version of its stream that it stands for. */
export interface VersionedState<State = unknown> {
  readonly state: State
  readonly version: number
}

/** What a save adds to a stream, for whoever decides whether a snapshot is due. */
export interface StreamGrowth {
  readonly stream: StreamKey
  /** Before the save. */
  readonly fromVersion: number
  /** After the save. */
  readonly toVersion: number
  /** How many events were read, after a snapshot or from the first, to load the state before the save. */
  readonly replayed: number
}

/** A store, told by what all its handles share. */
export type SnapshotOwner = Pick<EventStore, "wakeUps">

/** The seam by which a repository loads through snapshots and has them taken. `@annals/snapshots` implements it. */
export interface SnapshotLoading<State> {
  /** Whose streams these are snapshots of: a repository of another store refuses them, as its streams of the same names are others. */
  readonly store: SnapshotOwner
  /**
   * The newest usable state at or below version `atMost` (`undefined`: the newest), which the caller may change; `undefined`: replay everything.
   * Must not reject for a missing or unusable snapshot. Inside a unit of work it reads through that: whoever waits for a second connection while holding
   * one may wait for ever.
   */
  load(
    stream: StreamKey,
    atMost: number | undefined,
    log: EventLog,
    unitOfWork: UnitOfWork<unknown> | undefined,
  ): Promise<VersionedState<State> | undefined>
  /**
   * The state that `load` gave is none that the events after it could be applied to: this came of it, and all events were replayed in its place, which
   * went well.
   */
  unfit?(stream: StreamKey, error: unknown): void
  /** Asked before an append: `true` has `saved` called in its transaction. Such an append runs alone, which costs group commit. */
  inTransaction?(growth: StreamGrowth): boolean
  /**
   * The state after a save; `unitOfWork` is the append's own if `inTransaction` wanted it, and else `undefined`, after the commit. Must
   * read the state before it first waits: its owner may change it then. Awaited; a rejection inside the transaction undoes the append, after it
   * goes to the store's logger.
   */
  saved(
    state: State,
    growth: StreamGrowth,
    unitOfWork: UnitOfWork<unknown> | undefined,
  ): void | PromiseLike<void>
}

import type { StorePorts } from "../ports/store-ports.ts"
import type { WakeUps } from "../ports/wake-ups.ts"
import type { ExpectedVersion } from "../streams/expected-version.ts"
import type { StreamKey } from "../streams/stream.ts"
import type { EventFilter } from "./event-filter.ts"
import type { EventQuery } from "./event-query.ts"
import type { NewStoredEvent, StoredEvent } from "./stored-event.ts"

/**
 * What a backend implements. `createStore` stands in front of it: everything that arrives here is validated,
 * stamped and serialised, no array is empty unless said so, and nothing arrives after `close()`.
 *
 * Expected outcomes come back as values; whatever is thrown is a failure, translated into an `AnnalsError`
 * by the adapter's `errors.ts`.
 */
export interface StoreDriver<Tx> extends StoreSession {
  /** For messages and spans: `"memory"`, `"sqlite"`, `"postgresql"`. */
  readonly name: string
  readonly capabilities: StoreCapabilities
  /** Opens and prepares the storage, if that isn't done yet. Called before the first use, and by `migrate()`. */
  open(): Promise<void>
  /** Creates or upgrades the schema. Safe when several processes call it at once. */
  migrate(): Promise<void>
  /**
   * Runs an append in a transaction of its own. `before` runs after the insert and before the commit, not for a
   * repeat; when it throws, nothing of the append stays.
   */
  append(
    batch: AppendBatch,
    before?: (session: TransactionSession<Tx>, outcome: Appended) => Promise<void>,
  ): Promise<AppendOutcome>
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it rejects. */
  transaction<Result>(work: (session: TransactionSession<Tx>) => Promise<Result>): Promise<Result>
  /** The same session in a transaction that the caller began and will end. */
  within(tx: Tx): TransactionSession<Tx>
  /**
   * The driver behind a handle that is bound to a tenant, where the backend itself can keep to that tenant. Left out: the same driver
   * serves all handles. Made for each handle, and never opened, migrated or closed by itself.
   */
  forTenant?(tenant: string): StoreDriver<Tx>
  readonly wakeUps: WakeUps
  close(): Promise<void>
}

/** What can differ between backends, with its consequence. Conformance suites skip only by these. */
export interface StoreCapabilities {
  /** Events outlive the process. `false`: for tests and examples only. */
  readonly durable: boolean
  /** Several processes may share one store. `false`: one process, one store. */
  readonly multiProcess: boolean
}

/** Reading and appending, inside or outside of a transaction. */
export interface StoreSession {
  append(batch: AppendBatch): Promise<AppendOutcome>
  readStream(stream: StreamKey, range: StreamRange): Promise<StreamPage>
  readAll(filter: EventFilter, range: LogRange): Promise<LogPage>
  /** Events of a tenant by id, in no order; ids that aren't there are left out. */
  findEvents(tenant: string, ids: readonly string[]): Promise<readonly StoredEvent[]>
  /** 0 = no stream. */
  streamVersion(stream: StreamKey): Promise<number>
  /** A position below which nothing new will ever appear: from the bounded reader, never `max(position)`. */
  head(): Promise<number>
  /** Ordered by tenant, category, id. */
  listStreams(
    filter: StreamFilter,
    page: { readonly after: StreamKey | undefined; readonly limit: number },
  ): Promise<readonly StreamInfo[]>
  /** Every tenant with events, sorted. */
  listTenants(): Promise<readonly string[]>
  /** The smaller stores, bound to one tenant. */
  ports(tenant: string): StorePorts
}

/** A session whose reads and writes are part of one transaction. */
export interface TransactionSession<Tx> extends StoreSession {
  readonly tx: Tx
}

/** One call's worth of appends: all of them, or none. A stream occurs at most once. */
export interface AppendBatch {
  readonly tenant: string
  readonly streams: readonly StreamAppend[]
  readonly condition: { readonly query: EventQuery; readonly after: number } | undefined
  /** Epoch milliseconds. */
  readonly recordedAt: number
  /** The ids were made for this very call, so that no earlier append can have used them. */
  readonly freshIds: boolean
}

/** One stream's part of a batch. */
export interface StreamAppend {
  readonly stream: StreamKey
  /** 0 to 1023, see `slotOf`. */
  readonly slot: number
  readonly expected: ExpectedVersion
  readonly events: readonly NewStoredEvent[]
}

/**
 * Looked at in this order: repeat (or reuse) of ids, expected version of each stream in turn, condition.
 * What fails writes nothing and draws no position.
 */
export type AppendOutcome =
  | Appended
  | {
      readonly status: "version-conflict"
      readonly stream: StreamKey
      readonly expected: ExpectedVersion
      readonly actual: number
    }
  /** `position`: an event that matched the query. */
  | { readonly status: "condition-failed"; readonly position: number }
  | { readonly status: "id-reused"; readonly eventId: string }

/** The outcome of an append that is recorded, now or earlier. */
export interface Appended {
  readonly status: "appended" | "repeated"
  /** For each stream of the batch, in its order: the version of its first event. */
  readonly firstVersions: readonly number[]
  /** For each event of the batch, in its order. */
  readonly positions: readonly number[]
  /** Of the first time, for a repeat. */
  readonly recordedAt: number
}

/** Which part of a stream a page is to be of. */
export interface StreamRange {
  readonly direction: "forward" | "backward"
  /** Exclusive. Forward: versions above it; backward: versions below it (`Number.MAX_SAFE_INTEGER` = from the end). */
  readonly from: number
  readonly limit: number
}

/** Part of a stream. */
export interface StreamPage {
  readonly events: readonly StoredEvent[]
  readonly more: boolean
}

/** Which part of a store a page is to be of. */
export interface LogRange {
  readonly direction: "forward" | "backward"
  /** Exclusive. Backward: `Number.MAX_SAFE_INTEGER` = from the head. */
  readonly from: number
  /** At most so many events; a driver may return fewer, and ends a page early rather than scan for long. */
  readonly limit: number
}

/** Part of a store, in the order of positions. */
export interface LogPage {
  readonly events: readonly StoredEvent[]
  /**
   * Where the next page starts: nothing that matches lies between `from` and here but what was returned. Also known when a
   * filter let nothing through. Never beyond an append that is still in flight.
   */
  readonly scannedTo: number
  /** `false`: this page reached the end, as it was. */
  readonly more: boolean
}

/** Which streams to list. All given parts must hold. */
export interface StreamFilter {
  readonly tenant?: string
  readonly category?: string
}

/** A stream and how many events it has. */
export interface StreamInfo {
  readonly stream: StreamKey
  readonly version: number
}

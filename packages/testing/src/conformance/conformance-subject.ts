import type { EventStore, StoreOptions } from "@annals/core"

/** A fresh, empty store for one test, shared with no other test, and what the test may do around it. */
export interface ConformanceSubject<Tx = unknown> extends AsyncDisposable {
  readonly store: EventStore<Tx>
  /**
   * Closes the store, if it is still open, and opens another on the same data. Must be there when
   * `capabilities.durable` is declared.
   */
  reopen?(): Promise<EventStore<Tx>>
  /**
   * Another store on the same data, as another process would open it, with the options that `create` was given.
   * Must be there when `capabilities.multiProcess` is declared. Closed by the subject's disposal at the latest.
   */
  secondHandle?(): Promise<EventStore<Tx>>
  /** A transaction that the caller begins and ends, for `within`. */
  beginTransaction(): Promise<CallersTransaction<Tx>>
}

/** A transaction begun by the caller. It is ended by exactly one of its functions. */
export interface CallersTransaction<Tx> {
  readonly tx: Tx
  commit(): Promise<void>
  rollback(): Promise<void>
}

/**
 * Makes a fresh, isolated subject. The options must reach the store's factory as they are: suites set clock, ids,
 * event types, codecs and read policy through them. Disposing of the subject closes everything and removes its data.
 */
export type CreateSubject<Tx = unknown> = (options?: StoreOptions) => Promise<ConformanceSubject<Tx>>

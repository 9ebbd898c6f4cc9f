import type { EventStore } from "../store/event-store.ts"

declare const transaction: unique symbol

/** An open transaction of a memory store: hand it to `store.within(tx)`. */
export interface MemoryTransaction {
  readonly [transaction]: true
}

/** A transaction that the caller began, and ends. Until then, other writers of the store wait. */
export interface CallersMemoryTransaction {
  readonly tx: MemoryTransaction
  /** Shows everything written in it to everybody. Rejects with `CLOSED` when the transaction has ended. */
  commit(): Promise<void>
  /** Takes back everything written in it. Does nothing when the transaction has ended. */
  rollback(): Promise<void>
}

/** A store in memory, which can also hand out transactions for the caller to end. */
export interface MemoryStore extends EventStore<MemoryTransaction> {
  /**
   * Begins a transaction for `within(tx)`, once no other is open.
   *
   * @example
   * const { tx, rollback } = await store.beginTransaction()
   * await store.within(tx).events.append(accounts.stream("alice"), [opened({ owner: "Alice" })])
   * await rollback() // the event is gone
   */
  beginTransaction(): Promise<CallersMemoryTransaction>
}

import type { StorePorts } from "../ports/store-ports.ts"
import type { EventLog } from "./event-store.ts"

/**
 * One transaction of a store. What is written through it commits together, or not at all. It ends with the
 * function that was given it; used later it rejects with `CLOSED`.
 */
export interface UnitOfWork<Tx> extends StorePorts {
  /** Appends and reads inside this transaction; reads see its own writes. */
  readonly events: EventLog<Tx>
  /**
   * The driver's own transaction: a `pg` client, a `DatabaseSync`, memory's own. It ends with the unit of work: what is still done with it afterwards
   * fails with `CLOSED`.
   */
  readonly tx: Tx
  /** This very unit of work, seeing and writing only this tenant's. Throws `INVALID_OPTION` where it is bound to another one. */
  forTenant(tenant: string): UnitOfWork<Tx>
}

/** A store whose events and other writes can share one transaction. */
export interface TransactionalStore<Tx> {
  /**
   * Runs `work` in one transaction: commits when it resolves, rolls back when it rejects, and passes on its result or error.
   * A plain append to the same store inside `work` rejects with `NESTED_WRITE`: append through `unitOfWork.events`.
   */
  transaction<Result>(
    work: (unitOfWork: UnitOfWork<Tx>) => Result | PromiseLike<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>
  /** A unit of work in a transaction that the caller began, and commits or rolls back. */
  within(tx: Tx): UnitOfWork<Tx>
}

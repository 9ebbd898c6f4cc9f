import type { EventIn, EventType, NewEvent, Recorded, RecordedEvent, UnitOfWork } from "@annals/core"
import type { StoredProjection, StoredProjectionOptions } from "./stored-projection.ts"

/** How a projection into SQL tables is defined. */
export interface TableProjectionOptions<Types extends readonly EventType<string>[], Tx, Table extends string>
  extends StoredProjectionOptions {
  /** The types of event that it looks at, of any category. */
  readonly events: Types
  /**
   * Runs a statement without parameters or a result on the driver's transaction: how tables are created, renamed and dropped. It says which
   * driver that is: `(tx: DatabaseSync, sql) => tx.exec(sql)`, or `(tx: PoolClient, sql) => tx.query(sql)`.
   */
  readonly execute: (tx: Tx, sql: string) => unknown
  /**
   * Its tables by name (letters, digits and `_`, with or without a schema in front), each with the statements that create it. They are created when they are
   * first written to, and belong to the projection: a rebuild fills others and puts them in their place, so no view or foreign key may
   * refer to them. Names of indexes must be made by `index`, since old and new tables stand side by side.
   */
  readonly tables: { readonly [Name in Table]: CreateTable }
  /** A handler for each type of event that matters: see {@link TableHandlers}. */
  readonly on: TableHandlers<EventIn<Types>, NoInfer<Tx>, NoInfer<Table>>
}

/** The statements that create a table. Both names are quoted. */
export type CreateTable = (table: string, index: (name: string) => string) => string | readonly string[]

/** A handler for each type of event that matters; a promise is waited for. It must do nothing that a rollback doesn't undo. */
export type TableHandlers<Event extends NewEvent, Tx, Table extends string> = {
  readonly [Type in Event["type"]]?: (
    event: Recorded<Extract<Event, { readonly type: Type }>>,
    context: TableContext<Tx, Table>,
  ) => unknown
}

/** A handler, without the types of its event. */
export type TableHandler<Tx> = (event: RecordedEvent, context: TableContext<Tx, string>) => unknown

/** What a handler of a table projection writes with. */
export interface TableContext<Tx, Table extends string> {
  /** The driver's own transaction. */
  readonly tx: Tx
  readonly unitOfWork: UnitOfWork<Tx>
  /** The tables to write to, by the names that they are defined under: quoted, and another copy's during a rebuild. */
  readonly tables: { readonly [Name in Table]: string }
  /** Aborted when the deadline of the subscription is over, or it is stopped. Inside an append: never. */
  readonly signal: AbortSignal
}

/** A projection that keeps SQL tables. */
export interface TableProjection<Name extends string = string, Tx = unknown, Table extends string = string>
  extends StoredProjection<Tx> {
  readonly name: Name
  /** The names of its tables. */
  readonly tables: readonly Table[]
}

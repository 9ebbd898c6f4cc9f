import { defineProjection, type EventType } from "@annals/core"
import { checkFunction } from "../options/check-function.ts"
import { checkHandlers } from "../options/check-handlers.ts"
import { checkObject } from "../options/check-object.ts"
import { checkStoredOptions } from "./check-projection.ts"
import type {
  CreateTable,
  TableHandler,
  TableProjection,
  TableProjectionOptions,
} from "./table-projection.ts"
import { createTableTarget } from "./table-target.ts"

/**
 * Defines a projection into SQL tables, which its handlers write with the driver's own transaction: a `DatabaseSync`, a `pg` client. It runs beside the
 * appends (`projectionSubscription`) and inside of them (`inline`). Throws `INVALID_NAME`, `DUPLICATE_EVENT_TYPE`, `INVALID_OPTION`.
 *
 * @example
 * import type { DatabaseSync } from "node:sqlite"
 * const balances = defineTableProjection("balances", {
 *   execute: (tx: DatabaseSync, sql) => tx.exec(sql),
 *   tables: {
 *     balances: (table, index) => [
 *       `CREATE TABLE ${table} (account TEXT PRIMARY KEY, cents INTEGER NOT NULL)`,
 *       `CREATE INDEX ${index("by_cents")} ON ${table} (cents)`,
 *     ],
 *   },
 *   events: [opened, deposited],
 *   on: {
 *     opened: ({ stream }, { tx, tables }) => tx.prepare(`INSERT INTO ${tables.balances} VALUES (?, 0)`).run(stream.id),
 *     deposited: ({ stream, data }, { tx, tables }) =>
 *       tx.prepare(`UPDATE ${tables.balances} SET cents = cents + ? WHERE account = ?`).run(data.cents, stream.id),
 *   },
 * })
 */
export function defineTableProjection<
  const Name extends string,
  const Types extends readonly EventType<string>[],
  Tx,
  Table extends string,
>(name: Name, options: TableProjectionOptions<Types, Tx, Table>): TableProjection<Name, Tx, Table> {
  const { execute, tables, events } = checkObject(options, "options")
  checkFunction(execute, "execute")
  // Core's pure form checks name, events and handlers, and says which types to filter by.
  const pure = defineProjection(name, { events, initial: () => undefined, on: options.on as never })
  const creates = [...checkHandlers<CreateTable>(tables, "tables")] as [Table, CreateTable][]
  return Object.freeze({
    ...checkStoredOptions(options, pure.types),
    name,
    events: pure.events,
    tables: Object.freeze(creates.map(([table]) => table)),
    target: createTableTarget<Tx>({
      execute,
      tables: creates,
      handlers: new Map(Object.entries(options.on as object) as [string, TableHandler<Tx>][]),
    }),
  })
}

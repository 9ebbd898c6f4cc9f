import type { UnitOfWork } from "@annals/core"
import { invalidOption } from "./check-projection.ts"
import type { ProjectionTarget } from "./projection-target.ts"
import { bareTableName, checkTable, indexName, tableName } from "./table-names.ts"
import type { CreateTable, TableHandler } from "./table-projection.ts"

export interface TableTargetOptions<Tx> {
  readonly execute: (tx: Tx, sql: string) => unknown
  readonly tables: readonly (readonly [name: string, create: CreateTable])[]
  readonly handlers: ReadonlyMap<string, TableHandler<Tx>>
}

/** Keeps a projection's rows in SQL tables of the store's database. */
export function createTableTarget<Tx>({
  execute,
  tables,
  handlers,
}: TableTargetOptions<Tx>): ProjectionTarget<Tx> {
  if (tables.length === 0) throw invalidOption("tables", "must name a table")
  for (const [table] of tables) checkTable(table)
  /** Copies whose tables are there, as far as is known. */
  const ready = new Set<string>()

  async function create({ tx, events: { generateId } }: UnitOfWork<Tx>, copy: string) {
    for (const [table, statementsOf] of tables) {
      const unique = generateId().replaceAll("-", "").slice(-12)
      const statements = statementsOf(tableName(table, copy), (name) => indexName(table, name, unique))
      for (const statement of [statements].flat()) await execute(tx, statement)
    }
  }

  async function drop({ tx }: UnitOfWork<Tx>, copy: string) {
    ready.delete(copy)
    for (const [table] of tables) await execute(tx, `DROP TABLE IF EXISTS ${tableName(table, copy)}`)
  }

  async function exists(tx: Tx, copy: string): Promise<boolean> {
    // An error would end a transaction of PostgreSQL: a savepoint keeps it.
    await execute(tx, "SAVEPOINT annals_table")
    try {
      for (const [table] of tables) await execute(tx, `SELECT 1 FROM ${tableName(table, copy)} WHERE 1 = 0`)
    } catch {
      await execute(tx, "ROLLBACK TO SAVEPOINT annals_table")
      return false
    } finally {
      await execute(tx, "RELEASE SAVEPOINT annals_table")
    }
    return true
  }

  return {
    drop,
    async create(unitOfWork, copy) {
      await drop(unitOfWork, copy)
      await create(unitOfWork, copy)
    },
    async swap(unitOfWork, from, to) {
      await drop(unitOfWork, to)
      ready.delete(from)
      for (const [table] of tables) {
        await execute(
          unitOfWork.tx,
          `ALTER TABLE ${tableName(table, from)} RENAME TO ${bareTableName(table, to)}`,
        )
      }
    },
    async apply(unitOfWork, copy, events, signal) {
      const { tx } = unitOfWork
      const names = Object.fromEntries(tables.map(([table]) => [table, tableName(table, copy)]))
      if (!ready.has(copy)) {
        // What was created just now can still be rolled back: it is looked for again the next time.
        if (await exists(tx, copy)) ready.add(copy)
        else await create(unitOfWork, copy)
      }
      try {
        for (const event of events) {
          signal.throwIfAborted()
          await handlers.get(event.type)?.(event, { tx, unitOfWork, tables: names, signal })
        }
      } catch (error) {
        // Perhaps somebody dropped the tables.
        ready.delete(copy)
        throw error
      }
    },
  }
}

import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"

/** Many rows in one statement cost a third less than a statement for each. */
const rowsPerStatement = 50

/** Inserts rows of one table, as many at a time as pays. */
export class RowInserter {
  readonly #columns: number
  readonly #one: StatementSync
  readonly #many: StatementSync

  constructor(database: DatabaseSync, table: string, columns: readonly string[]) {
    // Plain question marks: numbered ones are looked up by name, which takes longer the more of them there are.
    const row = `(${columns.map(() => "?").join(", ")})`
    const insert = `INSERT INTO ${table} (${columns.join(", ")}) VALUES `
    this.#columns = columns.length
    this.#one = database.prepare(insert + row)
    this.#many = database.prepare(insert + Array(rowsPerStatement).fill(row).join(", "))
  }

  /** Takes the values of all rows, one row after the other. Returns the last row's id. */
  insert(values: readonly SQLInputValue[]): number {
    const chunk = rowsPerStatement * this.#columns
    let lastId = 0
    let start = 0
    for (; start + chunk <= values.length; start += chunk) {
      lastId = Number(this.#many.run(...values.slice(start, start + chunk)).lastInsertRowid)
    }
    for (; start < values.length; start += this.#columns) {
      lastId = Number(this.#one.run(...values.slice(start, start + this.#columns)).lastInsertRowid)
    }
    return lastId
  }
}

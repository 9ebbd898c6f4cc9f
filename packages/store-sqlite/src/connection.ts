import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite"

/** Filters come in many shapes; the statements of those used last are kept. */
const maxStatements = 256

/** A row as `node:sqlite` gives it fastest: an array of its columns (measured at half the cost of an object). */
export type Row = readonly unknown[]

/** A database connection with its prepared statements, found by their text. */
export class Connection {
  readonly db: DatabaseSync
  readonly #statements = new Map<string, Prepared>()
  readonly #texts = new Map<number, string>()

  constructor(db: DatabaseSync) {
    this.db = db
  }

  get<Columns extends Row>(sql: string, ...params: SQLInputValue[]): Columns | undefined {
    const { statement, order } = this.#prepare(sql)
    return statement.get(...arrange(params, order)) as unknown as Columns | undefined
  }

  all<Columns extends Row>(sql: string, ...params: SQLInputValue[]): Columns[] {
    const { statement, order } = this.#prepare(sql)
    return statement.all(...arrange(params, order)) as unknown as Columns[]
  }

  /** Returns how many rows were changed. */
  run(sql: string, ...params: SQLInputValue[]): number {
    const { statement, order } = this.#prepare(sql)
    return Number(statement.run(...arrange(params, order)).changes)
  }

  /** Inserts one row or several and returns the last one's rowid. */
  insert(sql: string, params: readonly SQLInputValue[]): number {
    const { statement, order } = this.#prepare(sql)
    return Number(statement.run(...arrange(params, order)).lastInsertRowid)
  }

  /** The text of a statement that comes in variants, made once for each. */
  text(variant: number, make: () => string): string {
    const known = this.#texts.get(variant)
    if (known !== undefined) return known
    const text = make()
    this.#texts.set(variant, text)
    return text
  }

  /** Runs reads that belong together on one state of the database. */
  snapshot<Result>(read: () => Result): Result {
    if (this.db.isTransaction) return read()
    this.run("BEGIN")
    try {
      return read()
    } finally {
      this.run("COMMIT")
    }
  }

  /** Undoes just `write` when it throws, in a transaction that may go on. */
  savepoint<Result>(write: () => Result): Result {
    this.run("SAVEPOINT annals")
    try {
      const result = write()
      this.run("RELEASE annals")
      return result
    } catch (error) {
      // A full disk may have ended the whole transaction already.
      if (this.db.isTransaction) {
        this.run("ROLLBACK TO annals")
        this.run("RELEASE annals")
      }
      throw error
    }
  }

  /** Ends a transaction that only reads, if one is open. */
  endTransaction(): void {
    if (this.db.isTransaction) this.run("COMMIT")
  }

  rollback(): void {
    if (this.db.isTransaction) this.run("ROLLBACK")
  }

  #prepare(sql: string): Prepared {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const { text, order } = withoutNumbers(sql)
    const statement = this.db.prepare(text)
    statement.setReturnArrays(true)
    if (this.#statements.size >= maxStatements) this.#forgetOldest()
    const prepared = { statement, order }
    this.#statements.set(sql, prepared)
    return prepared
  }

  #forgetOldest(): void {
    for (const sql of this.#statements.keys()) {
      this.#statements.delete(sql)
      return
    }
  }
}

interface Prepared {
  readonly statement: StatementSync
  /** Which parameter each question mark stands for; `undefined`: one after the other. */
  readonly order: readonly number[] | undefined
}

/**
 * Node 22 takes a numbered parameter for a named one, and doesn't bind values to it by their place. And SQLite looks numbered ones up
 * by name, one after the other.
 */
function withoutNumbers(sql: string): { readonly text: string; readonly order: Prepared["order"] } {
  const order: number[] = []
  const text = sql.replaceAll(/\?(\d+)/g, (_, number) => {
    order.push(Number(number) - 1)
    return "?"
  })
  return { text, order: order.every((place, index) => place === index) ? undefined : order }
}

function arrange(params: readonly SQLInputValue[], order: Prepared["order"]): readonly SQLInputValue[] {
  return order === undefined ? params : order.map((place) => params[place] as SQLInputValue)
}

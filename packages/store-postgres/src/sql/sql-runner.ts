import type { Statement } from "./statement.ts"

/** What a statement takes. A `Buffer` is sent as it is, in the binary format of its parameter's type; arrays become PostgreSQL's. */
export type SqlValue =
  | string
  | number
  | boolean
  | null
  | Buffer
  | readonly (string | number | boolean | null)[]

/** Columns in the order of the statement, in PostgreSQL's text format: no parser is asked, whatever the program has set. */
export type SqlRow = readonly (string | null)[]

/** Runs statements: each in a transaction of its own, or all in one that is open. Errors come out translated. */
export interface SqlRunner {
  run(statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]>
  /** Several statements that must hold together: in one transaction, or in the one that is open. */
  atomically<Result>(work: (runner: SqlRunner) => Promise<Result>): Promise<Result>
}

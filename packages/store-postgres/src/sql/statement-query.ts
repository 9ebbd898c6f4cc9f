import type { Connection, Submittable } from "pg"
import type { SqlRow, SqlValue } from "./sql-runner.ts"
import { formatArray } from "./text-array.ts"

/** What `pg` calls a connection: the protocol's messages. `pg-cursor` builds on the same ones. */
interface MessageConnection {
  readonly stream: { cork?(): void; uncork?(): void }
  /** Texts by the names of statements that are prepared, or being so. */
  readonly parsedStatements: Record<string, string>
  readonly submittedNamedStatements: Record<string, string>
  parse(message: { readonly text: string; readonly name: string | undefined }): void
  bind(message: {
    readonly portal: string
    readonly statement: string | undefined
    readonly values: readonly SqlValue[]
    readonly valueMapper: (value: SqlValue) => string | Buffer | null
  }): void
  execute(message: { readonly portal: string; readonly rows: number }): void
  sync(): void
}

type Callback = (error: Error | null, rows?: readonly SqlRow[]) => void

/**
 * A statement on its way through a `pg` client, and its rows as PostgreSQL writes them. `pg`'s own query also asks for the columns'
 * names and types each time, and looks for parsers.
 */
export class StatementQuery implements Submittable {
  readonly text: string
  /** By which it is prepared on each connection. */
  readonly name: string | undefined
  /** Replaced by `pg` where a query may take only so long. */
  callback: Callback
  readonly #values: readonly SqlValue[]
  readonly #rows: SqlRow[] = []

  constructor(text: string, name: string | undefined, values: readonly SqlValue[], callback: Callback) {
    this.text = text
    this.name = name
    this.#values = values
    this.callback = callback
  }

  submit(pgConnection: Connection): void {
    const connection = pgConnection as unknown as MessageConnection
    connection.stream.cork?.()
    try {
      this.#prepare(connection)
      connection.bind({ portal: "", statement: this.name, values: this.#values, valueMapper: formatValue })
      connection.execute({ portal: "", rows: 0 })
      connection.sync()
    } finally {
      connection.stream.uncork?.()
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { readonly fields: SqlRow }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete(): void {}

  handleEmptyQuery(): void {}

  handleReadyForQuery(): void {
    this.callback(null, this.#rows)
  }

  handleError(error: Error): void {
    this.callback(error)
  }

  #prepare(connection: MessageConnection): void {
    const { name, text } = this
    if (name !== undefined) {
      if (name in connection.parsedStatements || name in connection.submittedNamedStatements) return
      connection.submittedNamedStatements[name] = text
    }
    connection.parse({ text, name })
  }
}

/** A value as the protocol carries it. */
export function formatValue(value: SqlValue): string | Buffer | null {
  if (typeof value === "string" || value === null || Buffer.isBuffer(value)) return value
  return Array.isArray(value) ? formatArray(value) : String(value)
}

import { hash } from "node:crypto"
import type { PoolClient, QueryArrayConfig } from "pg"
import type { PostgresSettings } from "../options.ts"
import { quoteIdentifier } from "./identifier.ts"
import type { SqlRow, SqlValue } from "./sql-runner.ts"
import { inSchema, type Statement } from "./statement.ts"
import { StatementQuery } from "./statement-query.ts"

/** Whatever parsers the program has set: columns are handed over as PostgreSQL writes them. */
export const asText = { getTypeParser: () => (text: string) => text } as QueryArrayConfig["types"]

/** Statements of a store as `pg` takes them. */
export class PreparedStatements {
  readonly #quotedSchema: string
  /** Two stores may share a pool. */
  readonly #prefix: string | undefined
  readonly #texts = new Map<string, { readonly text: string; readonly name?: string }>()

  constructor({ schema, prepare }: Pick<PostgresSettings, "schema" | "prepare">) {
    this.#quotedSchema = quoteIdentifier(schema)
    this.#prefix = prepare ? `annals-${hash("sha256", schema, "hex").slice(0, 8)}-` : undefined
  }

  /** Runs a statement on a connection. Errors come out as `pg` throws them. */
  run(client: PoolClient, statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const { text, name } = this.#textOf(statement)
    return new Promise((resolve, reject) => {
      client.query(
        new StatementQuery(text, name, values, (error, rows = []) => (error ? reject(error) : resolve(rows))),
      )
    })
  }

  #textOf(statement: Statement): { readonly text: string; readonly name?: string } {
    const known = this.#texts.get(statement.name)
    if (known !== undefined) return known
    const text = inSchema(statement.text, this.#quotedSchema)
    // Of statements that are made as they are needed there could be any number.
    if (statement.name === "") return { text }
    const made = this.#prefix === undefined ? { text } : { text, name: `${this.#prefix}${statement.name}` }
    this.#texts.set(statement.name, made)
    return made
  }
}

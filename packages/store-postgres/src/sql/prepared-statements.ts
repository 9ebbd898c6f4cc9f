import { hash } from "node:crypto"
import { AnnalsError } from "@annals/core"
import type { PoolClient, QueryArrayConfig } from "pg"
import type { PostgresSettings } from "../options.ts"
import { quoteIdentifier } from "./identifier.ts"
import type { SqlRow, SqlValue } from "./sql-runner.ts"
import { inSchema, type Statement } from "./statement.ts"
import { formatValue, StatementQuery } from "./statement-query.ts"

/** Whatever parsers the program has set: columns are handed over as PostgreSQL writes them. */
export const asText = { getTypeParser: () => (text: string) => text } as QueryArrayConfig["types"]

/** Statements of a store as `pg` takes them. */
export class PreparedStatements {
  readonly #quotedSchema: string
  readonly #prepare: boolean
  readonly #texts = new Map<string, { readonly text: string; readonly name?: string }>()

  constructor({ schema, prepare }: Pick<PostgresSettings, "schema" | "prepare">) {
    this.#quotedSchema = quoteIdentifier(schema)
    this.#prepare = prepare
  }

  /** Runs a statement on a connection. Errors come out as `pg` throws them; `INVALID_OPTION` for a client of `pg.native`. */
  run(client: PoolClient, statement: Statement, values: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    const { text, name } = this.#textOf(statement)
    if ("pipeline" in client && client.pipeline === true) return runPipelined(client, text, name, values)
    if ("native" in client) return Promise.reject(nativeClient())
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
    const made = this.#prepare ? { text, name: nameOf(statement, text) } : { text }
    this.#texts.set(statement.name, made)
    return made
  }
}

/** Two stores may share a pool, also of two versions of this package: what has another text has another name. */
function nameOf({ name }: Statement, text: string): string {
  return `annals-${hash("sha256", text, "hex").slice(0, 8)}-${name}`
}

/** There `pg` takes no query but its own: it can't know that one needs no second answer. */
async function runPipelined(
  client: PoolClient,
  text: string,
  name: string | undefined,
  values: readonly SqlValue[],
): Promise<readonly SqlRow[]> {
  const config: QueryArrayConfig = { text, values: values.map(formatValue), rowMode: "array", types: asText }
  if (name !== undefined) config.name = name
  return (await client.query<(string | null)[]>(config)).rows
}

function nativeClient(): AnnalsError {
  const message = "pool has clients of pg.native, which know no binary parameters: make it with Pool of pg"
  return new AnnalsError("INVALID_OPTION", message, { path: "pool" })
}

/**
 * One SQL statement. `{schema}` in its text stands for the quoted schema name. Prepared once on each connection, by its name, unless
 * the store was given `prepare: false`.
 */
export interface Statement {
  /** Unique within the package, such as `"load-checkpoint"`; `""`: it isn't prepared. */
  readonly name: string
  readonly text: string
}

/** Puts the schema in, also where it stands at the beginning of a literal; `quotedSchema` comes from `quoteIdentifier`. */
export function inSchema(sql: string, quotedSchema: string): string {
  const inLiteral = `'${quotedSchema.replaceAll("'", "''")}`
  return sql.replaceAll(/'?\{schema\}/g, (found) => (found.startsWith("'") ? inLiteral : quotedSchema))
}

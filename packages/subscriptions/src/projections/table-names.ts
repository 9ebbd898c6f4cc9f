import { invalidOption } from "./check-projection.ts"
import { copyName } from "./copy-name.ts"

/** PostgreSQL cuts off what is longer, and SQLite takes it. */
const maxLength = 63

/** A table of a copy, quoted. */
export function tableName(table: string, copy: string): string {
  const parts = copyName(checkTable(table), copy, "__").split(".")
  if ((parts.at(-1) as string).length > maxLength) {
    throw invalidOption("copy", `makes the name of table ${table} longer than ${maxLength} characters`)
  }
  return parts.map(quoted).join(".")
}

/** The same without a schema: what `RENAME TO` wants. */
export function bareTableName(table: string, copy: string): string {
  return tableName(table.split(".").at(-1) as string, copy)
}

/** An index of a table: `unique` keeps those of old and new tables apart. */
export function indexName(table: string, name: string, unique: string): string {
  const bare = table.split(".").at(-1)
  return quoted(checkIdentifier(`${bare}_${name}_${unique}`, "index"))
}

/** Throws `INVALID_OPTION`. */
export function checkTable(table: string): string {
  const parts = table.split(".")
  if (parts.length > 2)
    throw invalidOption(`tables.${table}`, "must be a name, with or without a schema in front")
  for (const part of parts) checkIdentifier(part, `tables.${table}`)
  return table
}

function checkIdentifier(name: string, path: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && name.length <= maxLength) return name
  throw invalidOption(
    path,
    `must consist of letters, digits and _, ${maxLength} at most, not begin with a digit`,
  )
}

function quoted(name: string): string {
  return `"${name}"`
}

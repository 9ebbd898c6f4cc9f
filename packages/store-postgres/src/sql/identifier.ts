import { AnnalsError } from "@annals/core"

/** PostgreSQL cuts longer names off, and two could then become one. */
const maxBytes = 63

/** Returns a name that PostgreSQL keeps whole. Throws `INVALID_OPTION`. */
export function checkIdentifier(name: unknown, path: string): string {
  if (typeof name !== "string" || name === "" || name.includes("\0") || !name.isWellFormed()) {
    throw new AnnalsError("INVALID_OPTION", `${path} must be a name for PostgreSQL`, { path })
  }
  if (Buffer.byteLength(name) > maxBytes) {
    throw new AnnalsError("INVALID_OPTION", `${path} may have at most ${maxBytes} bytes`, { path })
  }
  if (name.startsWith("pg_")) {
    throw new AnnalsError(
      "INVALID_OPTION",
      `${path} may not begin with pg_, which PostgreSQL keeps for itself`,
      {
        path,
      },
    )
  }
  return name
}

/** A name as it stands in SQL, whatever characters it has. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

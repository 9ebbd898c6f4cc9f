import { AnnalsError } from "../errors/annals-error.ts"

/** In UTF-16 code units. Long enough for a path or a URL, short enough for every backend's index and key. */
const maxNameLength = 1000

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f]/

/**
 * Returns a name that every backend can carry: 1 to 1,000 characters, none of them a control character, no half of a surrogate
 * pair. Everything else is allowed: quotes, colons, slashes, any alphabet. Throws `INVALID_NAME` with the path.
 */
export function checkName(value: unknown, path: string): string {
  if (typeof value !== "string")
    throw invalid(path, `must be a string, not ${value === null ? "null" : typeof value}`)
  if (value.length === 0) throw invalid(path, "must not be empty")
  if (value.length > maxNameLength)
    throw invalid(path, `must have at most ${maxNameLength} characters, not ${value.length}`)
  if (controlCharacter.test(value)) throw invalid(path, "must not contain control characters")
  if (!value.isWellFormed()) throw invalid(path, "must not contain half of a surrogate pair")
  return value
}

/** A tenant: like a name, or `""`. */
export function checkTenant(value: unknown, path = "tenant"): string {
  return value === "" ? "" : checkName(value, path)
}

function invalid(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_NAME", `${path} ${why}`, { path })
}

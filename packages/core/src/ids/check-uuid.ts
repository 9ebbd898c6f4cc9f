import { AnnalsError } from "../errors/annals-error.ts"

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a text is a UUID of any version, in lower case. */
export function isUuid(text: string): boolean {
  return uuid.test(text)
}

/** Returns a UUID of any version in lower case, or throws `INVALID_VALUE`. */
export function checkUuid(value: unknown, path: string): string {
  if (typeof value === "string") {
    if (uuid.test(value)) return value
    const lower = value.toLowerCase()
    if (uuid.test(lower)) return lower
  }
  throw new AnnalsError(
    "INVALID_VALUE",
    `${path} must be a UUID; derive one from other keys with deriveId(…)`,
    { path },
  )
}

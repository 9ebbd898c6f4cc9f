import { AnnalsError } from "@annals/core"

/** A whole number that is at least so much. Throws `INVALID_OPTION`. */
export function checkWhole(value: unknown, path: string, least = 1): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number
  throw invalidOption(path, `must be a whole number from ${least}, not ${String(value)}`)
}

export function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

import { AnnalsError } from "@annals/core"

/** Throws `INVALID_OPTION` for what isn't a whole number from 1. */
export function checkWhole(value: unknown, path: string): void {
  if (Number.isSafeInteger(value) && (value as number) >= 1) return
  throw invalidOption(path, `must be a whole number from 1, not ${String(value)}`)
}

export function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

import { invalidOption } from "./invalid-option.ts"

/** Throws `INVALID_OPTION`. */
export function checkWhole(value: number, path: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw invalidOption(path, `must be a whole number from ${least}, not ${String(value)}`)
}

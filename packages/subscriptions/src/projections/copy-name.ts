import { invalidOption } from "./check-projection.ts"
import { liveCopy } from "./projection-target.ts"

/** How a copy's rows are named: the live one's as they are defined, the others' with the copy's name behind. */
export function copyName(name: string, copy: string, separator: "@" | "__"): string {
  if (copy === liveCopy) return name
  if (/^[a-z][a-z0-9_]{0,30}$/.test(copy)) return `${name}${separator}${copy}`
  throw invalidOption("copy", "must be a lower-case letter, and then letters, digits and _, 31 at most")
}

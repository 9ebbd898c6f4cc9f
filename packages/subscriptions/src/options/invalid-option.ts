import { AnnalsError } from "@annals/core"

/** What a bad option is answered with: where it is, and what it must be. */
export function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

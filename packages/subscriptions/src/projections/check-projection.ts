import { AnnalsError } from "@annals/core"
import type { ProjectionFilter, StoredProjectionOptions } from "./stored-projection.ts"

/** What all stored projections are checked for. Throws `INVALID_OPTION`. */
export function checkStoredOptions(
  { version = 1, categories, tags }: StoredProjectionOptions,
  types: readonly string[],
): { readonly version: number; readonly filter: ProjectionFilter } {
  if (!Number.isSafeInteger(version) || version < 1) {
    throw invalidOption("version", `must be a whole number from 1, not ${String(version)}`)
  }
  const filter = {
    types,
    ...(categories !== undefined && { categories: checkList(categories, "categories") }),
    ...(tags !== undefined && { tags: checkList(tags, "tags") }),
  }
  return { version, filter: Object.freeze(filter) }
}

function checkList(values: readonly string[], path: string): readonly string[] {
  if (Array.isArray(values) && values.length > 0) return Object.freeze([...values])
  throw invalidOption(path, "must be an array that isn't empty")
}

export function invalidOption(path: string, why: string): AnnalsError {
  return new AnnalsError("INVALID_OPTION", `${path} ${why}`, { path })
}

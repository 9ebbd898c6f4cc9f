import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { deriveId } from "@annals/core"
import { Problem } from "./problem.ts"

/** The database of a repository, unless another is asked for: the same whenever it's imported from the same folder. Git ignores it. */
export function defaultDatabase(
  dataFolder: string,
  repository: { readonly name: string; readonly folder: string },
): string {
  const name = repository.name.replace(/[^\w.-]+/g, "-").slice(0, 40)
  const hash = deriveId("database", repository.folder).slice(0, 8)
  return join(dataFolder, `${name}-${hash}.db`)
}

/** Makes the folder in which such databases stand. */
export async function makeDataFolder(dataFolder: string): Promise<void> {
  try {
    await mkdir(dataFolder)
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Problem(`can't make ${dataFolder}: give another place with --database FILE (${reason})`, {
      cause,
    })
  }
}

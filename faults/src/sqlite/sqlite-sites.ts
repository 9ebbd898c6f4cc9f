import { join } from "node:path"
import { readOutcome } from "../stores/read-outcome.ts"
import { polledTwice, type ReaderProcess } from "../stores/reader-process.ts"
import type { Site, Sites } from "../stores/site.ts"
import type { WriterProcess } from "../stores/writer-process.ts"
import { accessSqlite, type SqliteLocation } from "./access-sqlite.ts"
import { checkIntegrity } from "./check-integrity.ts"

/** Each round has a file of its own. */
export async function openSqliteSites(folder: string): Promise<Sites> {
  return {
    create: async (round) => sqliteSite(join(folder, `round-${round}.db`)),
    keep: () => {}, // files stay as long as their folder
    [Symbol.asyncDispose]: async () => {},
  }
}

function sqliteSite(file: string): Site {
  const location: SqliteLocation = { file }
  return {
    locationFor: () => location,
    othersWentOn: othersWait,
    settled: async () => {}, // what a process had begun ends with it
    readOutcome: async () => {
      checkIntegrity(file)
      await using store = accessSqlite.open(location)
      return await readOutcome(store)
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** All wait for the lock that the stopped writer holds; but readers get on, and come to the end twice more. */
function othersWait(
  stopped: WriterProcess,
  writers: readonly WriterProcess[],
  readers: readonly ReaderProcess[],
): () => boolean {
  const polled = polledTwice(readers)
  return () => writers.every((writer) => writer === stopped || writer.waiting) && polled()
}

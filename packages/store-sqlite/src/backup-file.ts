import { existsSync } from "node:fs"
import { rename, rm } from "node:fs/promises"
import { backup, DatabaseSync } from "node:sqlite"
import { AnnalsError } from "@annals/core"
import { translateError } from "./errors.ts"

/** How to make a backup. */
export interface BackupOptions {
  /** Stops the backup; no file is left. */
  readonly signal?: AbortSignal
  /** Called now and then. */
  readonly onProgress?: (progress: BackupProgress) => void
}

/** How far a backup has come. */
export interface BackupProgress {
  /** Of the file, each of 8 KiB. */
  readonly remainingPages: number
  readonly totalPages: number
}

/** Copied at a time, some 4 MB, off the main thread. */
const pagesPerStep = 1000

/**
 * Copies a database as it is now into a new file, while it is written to. The open read transaction of a connection for this alone
 * keeps the copy from starting over with every commit. The file has its name only when it is complete.
 */
export async function backupFile(location: string, file: string, options: BackupOptions): Promise<void> {
  const { signal, onProgress } = options
  signal?.throwIfAborted()
  if (existsSync(file)) {
    throw new AnnalsError(
      "INVALID_OPTION",
      `${file} is there already: give the backup another name, or remove it`,
      {
        path: "file",
      },
    )
  }
  const unfinished = `${file}.unfinished`
  const source = new DatabaseSync(location, { readOnly: true })
  try {
    await rm(unfinished, { force: true })
    source.exec("BEGIN; SELECT 1 FROM sqlite_schema")
    await backup(source, unfinished, {
      rate: pagesPerStep,
      progress: ({ remainingPages, totalPages }) => {
        onProgress?.({ remainingPages, totalPages })
        signal?.throwIfAborted()
      },
    })
    signal?.throwIfAborted()
    await rename(unfinished, file)
  } catch (error) {
    for (const rest of ["", "-journal", "-wal", "-shm"]) await rm(unfinished + rest, { force: true })
    throw translateError(error, file)
  } finally {
    source.close()
  }
}

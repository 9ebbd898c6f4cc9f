import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as delay } from "node:timers/promises"

/** SQLite's code for "somebody else has it". */
const busy = 5

/**
 * Does work that only one at a time may do with the services of this folder, across processes. The lock is one of SQLite's, which the
 * operating system takes back when a process dies: there is never a stale one.
 */
export async function withLock<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, "lock.db"), { timeout: 0 })
  try {
    while (!tryToLock(database)) await delay(100)
    return await work()
  } finally {
    database.close()
  }
}

function tryToLock(database: DatabaseSync): boolean {
  try {
    database.exec("BEGIN EXCLUSIVE")
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === busy) return false
    throw error
  }
}

import { setTimeout as delay } from "node:timers/promises"
import { isSame, type ProcessIdentity } from "./process-identity.ts"
import { type ProcessEntry, processTable } from "./process-table.ts"

/**
 * Ends processes and everything that they started, by SIGKILL, and waits until they are gone. PostgreSQL's children lead sessions of
 * their own, so no process group reaches them. What isn't ours any more is left alone.
 */
export async function killTree(roots: readonly ProcessIdentity[]): Promise<void> {
  const found = new Map<number, ProcessEntry>()
  // Stopped before it is looked at: a stopped process starts no more children.
  for (;;) {
    const fresh = descendants(roots).filter(({ pid }) => !found.has(pid))
    if (fresh.length === 0) break
    for (const entry of fresh) {
      found.set(entry.pid, entry)
      signal(entry.pid, "SIGSTOP")
    }
  }
  for (const pid of found.keys()) signal(pid, "SIGKILL")
  while (processTable().some((entry) => isKnown(entry, found))) await delay(20)
}

function isKnown(entry: ProcessEntry, found: ReadonlyMap<number, ProcessEntry>): boolean {
  const known = found.get(entry.pid)
  return known !== undefined && isSame(known, entry)
}

function descendants(roots: readonly ProcessIdentity[]): ProcessEntry[] {
  const table = processTable()
  const found = table.filter((entry) => roots.some((root) => isSame(root, entry)))
  // Grows while it is walked, by the children of what was found.
  for (const { pid } of found) found.push(...table.filter(({ parent }) => parent === pid))
  return found
}

function signal(pid: number, name: "SIGSTOP" | "SIGKILL"): void {
  // Windows knows no stopping.
  if (name === "SIGSTOP" && process.platform === "win32") return
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

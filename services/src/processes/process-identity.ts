import { processTable } from "./process-table.ts"

/** A process that we started, told apart from a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  readonly started: string
}

/** Of a process that was just started. Undefined: it has ended already. */
export function identify(pid: number): ProcessIdentity | undefined {
  const entry = processTable().find((candidate) => candidate.pid === pid)
  return entry && { pid, started: entry.started }
}

export function areAlive(processes: readonly ProcessIdentity[]): boolean {
  const table = processTable()
  return processes.every((identity) => table.some((entry) => isSame(entry, identity)))
}

export function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return one.pid === other.pid && one.started === other.started
}

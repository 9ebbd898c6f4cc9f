import type { EventFilter, LogPage, LogRange, StoredEvent } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { readHead as readHeadSql } from "../statements/read.ts"
import { EventDecoder, type LogRow } from "./decode-event.ts"
import { branchesOf } from "./log-branches.ts"
import { type BranchPage, type BranchRange, positionOf, scanBranch } from "./scan-branch.ts"

type LogColumns = [...LogRow]

/**
 * A page of the log, in one snapshot. There is one writer at a time and positions are drawn by it, so nothing in flight can
 * come up below what is committed: the head needs no other bound.
 */
export function readLog(connection: Connection, names: Names, filter: EventFilter, range: LogRange): LogPage {
  return connection.snapshot(() => {
    const head = readHead(connection)
    const from = range.direction === "forward" ? range.from : Math.min(range.from, head + 1)
    const branches = branchesOf(connection, names, filter)
    const branchRange: BranchRange = { ...range, from, head }
    const pages = branches.map((branch) => scanBranch<LogColumns>(connection, branch, branchRange, "events"))
    const { rows, scannedTo } =
      pages.length === 1 ? (pages[0] as BranchPage<LogColumns>) : mergePages(pages, branchRange)
    const end = range.direction === "forward" ? Math.max(head, range.from) : 0
    const reachedEnd =
      scannedTo === undefined || (range.direction === "forward" ? scannedTo >= head : scannedTo <= 1)
    return { events: decodeRows(rows, names), scannedTo: reachedEnd ? end : scannedTo, more: !reachedEnd }
  })
}

export function readHead(connection: Connection): number {
  return connection.get<[number]>(readHeadSql)?.[0] ?? 0
}

function decodeRows(rows: readonly LogColumns[], names: Names): StoredEvent[] {
  const decoder = new EventDecoder(names)
  return rows.map((row) => decoder.decodeLog(row))
}

/** Pages of several branches as one: in order, each event once, and only as far as all branches were looked through. */
function mergePages(
  pages: readonly BranchPage<LogColumns>[],
  { direction, limit }: BranchRange,
): BranchPage<LogColumns> {
  const sign = direction === "forward" ? 1 : -1
  const bounds = pages.flatMap(({ scannedTo }) => (scannedTo === undefined ? [] : [scannedTo * sign]))
  const bound = bounds.length === 0 ? undefined : Math.min(...bounds) * sign
  const byPosition = new Map<number, LogColumns>()
  for (const { rows } of pages) {
    for (const row of rows) {
      const position = positionOf(row)
      if (bound === undefined || position * sign <= bound * sign) byPosition.set(position, row)
    }
  }
  const rows = [...byPosition.values()].sort((left, right) => (positionOf(left) - positionOf(right)) * sign)
  if (rows.length < limit) return { rows, scannedTo: bound }
  const page = rows.slice(0, limit)
  return { rows: page, scannedTo: positionOf(page.at(-1)) }
}

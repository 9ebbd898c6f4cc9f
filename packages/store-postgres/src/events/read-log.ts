import type { EventFilter, LogPage, LogRange } from "@annals/core"
import type { SqlRow, SqlRunner } from "../sql/sql-runner.ts"
import { readLogForward } from "../statements/read.ts"
import { EventDecoder } from "./decode-event.ts"
import type { EventKeys } from "./event-keys.ts"
import { branchesOf, type LogBranch } from "./log-branches.ts"
import { type BranchPage, type BranchRange, positionOf, scanBranch } from "./scan-branch.ts"
import type { SettledLog } from "./settled-log.ts"

/** What reading takes. */
export interface LogAccess {
  readonly runner: Pick<SqlRunner, "run">
  readonly keys: EventKeys
  readonly settled: SettledLog
  /** Statements run in one transaction, one after the other: `pg` will no longer queue them. */
  readonly isSerial: boolean
}

/** A page of the log. */
export function readLog(access: LogAccess, filter: EventFilter, range: LogRange): Promise<LogPage> {
  return range.direction === "forward" && isUnfiltered(filter)
    ? readForward(access, range)
    : readBranches(access, filter, range)
}

function isUnfiltered(filter: EventFilter): boolean {
  return Object.values(filter).every((part) => part === undefined)
}

/**
 * Everything that comes next. Positions without a gap need no look at what is in flight: nothing can come between them. At a gap
 * nothing is known, so the page is read again, up to where everything is settled.
 */
async function readForward({ runner, settled }: LogAccess, { from, limit }: LogRange): Promise<LogPage> {
  const rows = await runner.run(readLogForward, [from, limit])
  const last = positionOf(rows.at(-1)) ?? from
  if (last - from === rows.length || last <= settled.known) return pageOf(rows, last, rows.length === limit)
  const bound = await settled.look(runner)
  const again = await runner.run(readLogForward, [from, limit])
  const certain = again.filter((row) => (positionOf(row) as number) <= bound)
  const isFull = certain.length === limit
  return pageOf(certain, isFull ? (positionOf(certain.at(-1)) as number) : Math.max(bound, from), isFull)
}

/** What a filter lets through has gaps by nature, and so has what is read backward: the bound comes first. */
async function readBranches(access: LogAccess, filter: EventFilter, range: LogRange): Promise<LogPage> {
  const { runner, settled } = access
  const isForward = range.direction === "forward"
  const isKnown = isForward ? range.from < settled.known : range.from <= settled.known + 1
  const bound = isKnown ? settled.known : await settled.look(runner)
  const above = isForward ? range.from : 0
  const below = isForward ? bound + 1 : Math.min(range.from, bound + 1)
  const end = isForward ? Math.max(bound, range.from) : 0
  if (above >= below - 1) return pageOf([], end, isForward && isKnown)
  const branches = await branchesOf(access, filter)
  const pages = await scanBranches(access, branches, { ...range, above, below })
  const { rows, scannedTo } = mergePages(pages, range)
  // A bound that was known before may be an old one.
  if (scannedTo === undefined) return pageOf(rows, end, isForward && isKnown)
  return pageOf(rows, scannedTo, true)
}

async function scanBranches(
  access: LogAccess,
  branches: readonly LogBranch[],
  range: BranchRange,
): Promise<BranchPage[]> {
  if (!access.isSerial) return Promise.all(branches.map((branch) => scanBranch(access, branch, range)))
  const pages: BranchPage[] = []
  for (const branch of branches) pages.push(await scanBranch(access, branch, range))
  return pages
}

/** Pages of several branches as one: in order, each event once, and only as far as all branches were looked through. */
function mergePages(pages: readonly BranchPage[], { direction, limit }: LogRange): BranchPage {
  if (pages.length === 1) return pages[0] as BranchPage
  const sign = direction === "forward" ? 1 : -1
  const bounds = pages.flatMap(({ scannedTo }) => (scannedTo === undefined ? [] : [scannedTo * sign]))
  const bound = bounds.length === 0 ? undefined : Math.min(...bounds) * sign
  const byPosition = new Map<number, SqlRow>()
  for (const row of pages.flatMap(({ rows }) => rows)) {
    const position = positionOf(row) as number
    if (bound === undefined || position * sign <= bound * sign) byPosition.set(position, row)
  }
  const sorted = [...byPosition].sort(([left], [right]) => (left - right) * sign)
  const rows = sorted.slice(0, limit).map(([, row]) => row)
  return { rows, scannedTo: sorted.length > limit ? positionOf(rows.at(-1)) : bound }
}

function pageOf(rows: readonly SqlRow[], scannedTo: number, more: boolean): LogPage {
  const decoder = new EventDecoder()
  return { events: rows.map((row) => decoder.decodeLog(row)), scannedTo, more }
}

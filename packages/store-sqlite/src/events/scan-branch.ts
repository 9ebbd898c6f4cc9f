import type { SQLInputValue } from "node:sqlite"
import type { Connection, Row } from "../connection.ts"
import {
  type LogShape,
  nextRuns,
  nextSegment,
  previousSegment,
  type RunTable,
  readLog,
} from "../statements/read.ts"
import type { LogBranch } from "./log-branches.ts"
import { firstPositionOf, lastPositionOf, segmentOf } from "./segments.ts"

/** How many events one page looks at, at most: some 10 ms of work. */
const maxScanned = 20_000
/** How many runs of a tag are looked through at a time. */
const runsPerStep = 1000

export interface BranchRange {
  readonly direction: "forward" | "backward"
  /** Exclusive. */
  readonly from: number
  readonly limit: number
  /** The last position there is. */
  readonly head: number
}

export interface BranchPage<Columns extends Row> {
  /** In the order of the direction. */
  readonly rows: Columns[]
  /** Nothing else of the branch lies between `from` and here; `undefined`: nor beyond. */
  readonly scannedTo: number | undefined
}

/** Reads what matches a branch, up to a limit, looking at a bounded number of events. */
export function scanBranch<Columns extends Row>(
  connection: Connection,
  branch: LogBranch,
  range: BranchRange,
  columns: LogShape["columns"],
): BranchPage<Columns> {
  const scan = new BranchScan<Columns>(connection, branch, range, columns)
  if (branch.correlation !== undefined) return scan.byRuns("correlation", branch.correlation)
  if (branch.tags.length > 0) return scan.byRuns("tag", scan.rarestTag())
  if (branch.kinds !== undefined) return scan.bySegment(branch.kinds)
  return branch.slots === undefined ? scan.everything() : scan.byWindow()
}

/** `end` is `null` where there is no run. */
type NextRuns = [runs: number, events: number, end: number | null]

class BranchScan<Columns extends Row> {
  readonly #connection: Connection
  readonly #branch: LogBranch
  readonly #range: BranchRange
  readonly #columns: LogShape["columns"]
  readonly #forward: boolean

  constructor(connection: Connection, branch: LogBranch, range: BranchRange, columns: LogShape["columns"]) {
    this.#connection = connection
    this.#branch = branch
    this.#range = range
    this.#columns = columns
    this.#forward = range.direction === "forward"
  }

  everything(): BranchPage<Columns> {
    return this.#page(this.#read("log", [], this.#end, this.#range.limit), this.#end)
  }

  /** A stretch of the log: for what no index narrows down. */
  byWindow(): BranchPage<Columns> {
    const { from } = this.#range
    const until = this.#forward
      ? Math.min(from + maxScanned, this.#end)
      : Math.max(from - maxScanned, this.#end)
    return this.#page(this.#read("log", [], until, this.#range.limit), until)
  }

  /** Looks through the events of a tag or correlation, step by step where something else is asked of them as well. */
  byRuns(table: RunTable, key: SQLInputValue): BranchPage<Columns> {
    const { limit } = this.#range
    if (this.#asksOnlyFor(table)) return this.#page(this.#read(table, [key], this.#end, limit), this.#end)
    const rows: Columns[] = []
    let at = this.#range.from
    for (let scanned = 0; scanned < maxScanned; ) {
      const [runs, events, end] = this.#nextRuns(table, key, at)
      const until = runs < runsPerStep || end === null ? this.#end : end
      rows.push(...this.#read(table, [key], until, limit - rows.length, at))
      if (rows.length === limit) return { rows, scannedTo: positionOf(rows.at(-1)) }
      if (until === this.#end) return { rows, scannedTo: undefined }
      scanned += events
      at = until
    }
    return { rows, scannedTo: at }
  }

  rarestTag(): number {
    const { tags } = this.#branch
    if (tags.length === 1) return tags[0] as number
    const counts = tags.map((tag) => this.#nextRuns("tag", tag, this.#range.from)[1])
    return tags[counts.indexOf(Math.min(...counts))] as number
  }

  /** Jumps from segment to segment in which one of the kinds occurs. */
  bySegment(kinds: string): BranchPage<Columns> {
    const rows: Columns[] = []
    let at = this.#range.from
    for (let scanned = 0; scanned < maxScanned; scanned += 1024) {
      const segment = this.#nextSegment(kinds, at)
      if (segment === undefined) return { rows, scannedTo: undefined }
      const until = this.#forward ? lastPositionOf(segment) : firstPositionOf(segment)
      const start = this.#forward
        ? Math.max(at, firstPositionOf(segment) - 1)
        : Math.min(at, lastPositionOf(segment) + 1)
      rows.push(...this.#read("log", [], until, this.#range.limit - rows.length, start))
      if (rows.length === this.#range.limit) return { rows, scannedTo: positionOf(rows.at(-1)) }
      at = this.#forward ? until : Math.max(until, 1)
      if (at === 1 && !this.#forward) return { rows, scannedTo: undefined }
    }
    return { rows, scannedTo: at >= this.#range.head && this.#forward ? undefined : at }
  }

  /** The last position in this direction. */
  get #end(): number {
    return this.#forward ? this.#range.head : 1
  }

  #nextSegment(kinds: string, at: number): number | undefined {
    const sql = this.#forward ? nextSegment : previousSegment
    const start = segmentOf(this.#forward ? at + 1 : at - 1)
    return this.#connection.get<[number | null]>(sql, kinds, start)?.[0] ?? undefined
  }

  #nextRuns(table: RunTable, key: SQLInputValue, at: number): NextRuns {
    return this.#connection.get<NextRuns>(
      nextRuns(table, this.#range.direction),
      key,
      at,
      runsPerStep,
    ) as NextRuns
  }

  #asksOnlyFor(table: RunTable): boolean {
    const { kinds, slots, tags } = this.#branch
    return kinds === undefined && slots === undefined && tags.length === (table === "tag" ? 1 : 0)
  }

  #read(
    source: LogShape["source"],
    sourceParams: SQLInputValue[],
    until: number,
    limit: number,
    from = this.#range.from,
  ): Columns[] {
    const { kinds, tags, slots } = this.#branch
    const otherTags = source === "tag" ? tags.filter((tag) => tag !== sourceParams[0]) : tags
    const sql = readLog({
      direction: this.#range.direction,
      columns: this.#columns,
      source,
      kinds: kinds !== undefined,
      otherTags: otherTags.length,
      slots: slots !== undefined,
    })
    const bounds = this.#forward ? [from + 1, until] : [until, from - 1]
    const params: SQLInputValue[] = [...bounds, limit, ...sourceParams]
    if (kinds !== undefined) params.push(kinds)
    params.push(...otherTags)
    if (slots !== undefined) params.push(slots)
    return this.#connection.all<Columns>(sql, ...params)
  }

  #page(rows: Columns[], until: number): BranchPage<Columns> {
    if (rows.length === this.#range.limit) return { rows, scannedTo: positionOf(rows.at(-1)) }
    return { rows, scannedTo: until === this.#end ? undefined : until }
  }
}

export function positionOf(row: Row | undefined): number {
  return row?.[0] as number
}

import { keyArray } from "../sql/binary-array.ts"
import type { SqlRow } from "../sql/sql-runner.ts"
import { rarestTag } from "../statements/read.ts"
import { type ScanPath, scanLog } from "../statements/scan-log.ts"
import type { EventKey } from "./event-keys.ts"
import type { LogBranch } from "./log-branches.ts"
import type { LogAccess } from "./read-log.ts"

export interface BranchRange {
  readonly direction: "forward" | "backward"
  /** Exclusive, both. */
  readonly above: number
  readonly below: number
  readonly limit: number
}

export interface BranchPage {
  readonly rows: readonly SqlRow[]
  /** Up to where everything was looked at; `undefined`: all of the range. */
  readonly scannedTo: number | undefined
}

/** Of more kinds than these, walking through all events isn't slower than leaping through each. */
const maxKindsToLeap = 16

/** Positions that are looked at for a page where no index knows which of them match. */
const maxWalk = 20_000

/** A page of what matches one branch. */
export async function scanBranch(
  access: LogAccess,
  branch: LogBranch,
  range: BranchRange,
): Promise<BranchPage> {
  const path = await choosePath(access, branch, range)
  // An index may still lead to many that a filter then stops: such a page ends early rather than to look at them all.
  const isNarrowed = branch.tenant !== undefined || branch.slots !== undefined
  const isWalk = path.by === "position" || (path.by === "kinds" && isNarrowed)
  const { above, below } = isWalk ? firstPart(range) : range
  const { statement, values } = scanLog({ ...branch, ...range, above, below }, path)
  const scanned = await access.runner.run(statement, values)
  const rows = path.by === "tag" ? scanned.filter(([, version]) => version !== null) : scanned
  if (scanned.length >= range.limit) return { rows, scannedTo: positionOf(scanned.at(-1)) }
  if (range.direction === "forward") return { rows, scannedTo: below < range.below ? below - 1 : undefined }
  return { rows, scannedTo: above > range.above ? above + 1 : undefined }
}

/** Rows begin with it. */
export function positionOf(row: SqlRow | undefined): number | undefined {
  return row === undefined ? undefined : Number(row[0])
}

async function choosePath(access: LogAccess, branch: LogBranch, range: BranchRange): Promise<ScanPath> {
  const { tagKeys, correlationId, kinds } = branch
  if (tagKeys.length > 0) return { by: "tag", key: await findRarestTag(access, tagKeys, range) }
  if (correlationId !== undefined) return { by: "correlation", key: access.keys.correlation(correlationId) }
  return { by: kinds !== undefined && kinds.length <= maxKindsToLeap ? "kinds" : "position" }
}

function firstPart({ direction, above, below }: BranchRange): {
  readonly above: number
  readonly below: number
} {
  return direction === "forward"
    ? { above, below: Math.min(below, above + maxWalk + 1) }
    : { above: Math.max(above, below - maxWalk - 1), below }
}

async function findRarestTag(
  { runner }: LogAccess,
  keys: readonly EventKey[],
  { above, below }: BranchRange,
): Promise<EventKey> {
  if (keys.length === 1) return keys[0] as EventKey
  const [row] = await runner.run(rarestTag, [keyArray(keys), above, below])
  return keys[Number(row?.[0]) - 1] as EventKey
}

import type { AppendBatch, AppendOutcome } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { branchesOf, type LogBranch } from "./log-branches.ts"
import { readHead } from "./read-log.ts"
import { type BranchPage, type BranchRange, positionOf, scanBranch } from "./scan-branch.ts"

/** Whether an event that matches the batch's condition was recorded after its position. */
export function findViolation(
  connection: Connection,
  names: Names,
  { tenant, condition }: AppendBatch,
  tenantRef: number | undefined,
): AppendOutcome | undefined {
  if (condition === undefined || tenantRef === undefined) return undefined
  const head = readHead(connection)
  if (head <= condition.after) return undefined
  for (const branch of branchesOf(connection, names, { tenant, query: condition.query })) {
    const position = firstMatch(connection, branch, condition.after, head)
    if (position !== undefined) return { status: "condition-failed", position }
  }
  return undefined
}

function firstMatch(
  connection: Connection,
  branch: LogBranch,
  after: number,
  head: number,
): number | undefined {
  let from: number | undefined = after
  while (from !== undefined) {
    const range: BranchRange = { direction: "forward", from, limit: 1, head }
    const page: BranchPage<[number]> = scanBranch(connection, branch, range, "positions")
    if (page.rows.length > 0) return positionOf(page.rows[0])
    from = page.scannedTo
  }
  return undefined
}

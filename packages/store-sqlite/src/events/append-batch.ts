import {
  type AppendBatch,
  type AppendOutcome,
  matchesExpected,
  type StreamAppend,
  type StreamKey,
} from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { findStream, insertStream } from "../statements/append.ts"
import { EventInserter } from "./event-inserter.ts"
import { findRepeat } from "./find-repeat.ts"
import { findViolation } from "./find-violation.ts"

/** A stream as an append finds it; without refs for what isn't there yet. */
interface FoundStream {
  readonly categoryRef: number | undefined
  readonly streamRef: number | undefined
  readonly version: number
}

export interface AppendCare {
  /**
   * Fresh ids aren't looked up before they are inserted: the index refuses what an id generator repeats, and the batch is tried
   * again with this set, to say so.
   */
  readonly checkFreshIds: boolean
}

/**
 * Appends a batch in the open write transaction, or says why not. All checks come before the first write, so that a refused
 * batch leaves nothing to undo: several batches can share one transaction without savepoints.
 */
export function appendBatch(
  connection: Connection,
  names: Names,
  batch: AppendBatch,
  { checkFreshIds }: AppendCare,
): AppendOutcome {
  const tenantRef = names.findTenant(batch.tenant)
  if (!batch.freshIds || checkFreshIds) {
    const repeat = findRepeat(connection, names, batch, tenantRef)
    if (repeat !== undefined) return repeat
  }
  const found = batch.streams.map(({ stream }) => findStreamRow(connection, names, tenantRef, stream))
  const refusal = findConflict(batch.streams, found) ?? findViolation(connection, names, batch, tenantRef)
  if (refusal !== undefined) return refusal
  return insertBatch(connection, names, batch, tenantRef ?? names.addTenant(batch.tenant), found)
}

function findStreamRow(
  connection: Connection,
  names: Names,
  tenantRef: number | undefined,
  { category, id }: StreamKey,
): FoundStream {
  const categoryRef = tenantRef === undefined ? undefined : names.findCategory(tenantRef, category)
  const row =
    categoryRef === undefined ? undefined : connection.get<[number, number]>(findStream, categoryRef, id)
  return { categoryRef, streamRef: row?.[0], version: row?.[1] ?? 0 }
}

function findConflict(
  streams: readonly StreamAppend[],
  found: readonly FoundStream[],
): AppendOutcome | undefined {
  for (const [index, { stream, expected }] of streams.entries()) {
    const actual = (found[index] as FoundStream).version
    if (!matchesExpected(expected, actual)) return { status: "version-conflict", stream, expected, actual }
  }
  return undefined
}

function insertBatch(
  connection: Connection,
  names: Names,
  batch: AppendBatch,
  tenantRef: number,
  found: readonly FoundStream[],
): AppendOutcome {
  const inserter = new EventInserter(connection, names, tenantRef, batch)
  const firstVersions: number[] = []
  for (const [index, append] of batch.streams.entries()) {
    const { version, ...refs } = found[index] as FoundStream
    const categoryRef = refs.categoryRef ?? names.addCategory(tenantRef, append.stream.category)
    const streamRef =
      refs.streamRef ?? connection.insert(insertStream, [categoryRef, append.stream.id, append.slot])
    inserter.insertStream(append, { categoryRef, streamRef, firstVersion: version + 1 })
    firstVersions.push(version + 1)
  }
  inserter.finish()
  return { status: "appended", firstVersions, positions: inserter.positions, recordedAt: batch.recordedAt }
}

import type { AppendBatch, Appended, AppendOutcome, StreamAppend } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { findRecordedIds, findStream } from "../statements/append.ts"
import { uuidOfHex } from "../uuid-bytes.ts"

interface RecordedId {
  readonly streamRef: number
  readonly version: number
  readonly position: number
  readonly recordedAt: number
  readonly type: string
}

const idsPerQuery = 1000

/** The outcome of a batch some of whose ids are recorded: the first one where all are in their places, else a refusal. */
export function findRepeat(
  connection: Connection,
  names: Names,
  batch: AppendBatch,
  tenantRef: number | undefined,
): AppendOutcome | undefined {
  const ids = batch.streams.flatMap(({ events }) => events.map(({ id }) => id))
  const twin = findTwin(ids)
  if (twin !== undefined) return { status: "id-reused", eventId: twin }
  if (tenantRef === undefined) return undefined
  const recorded = findRecorded(connection, tenantRef, ids)
  if (recorded.size === 0) return undefined
  const repeat = batch.freshIds ? undefined : repeatOf(connection, names, batch, tenantRef, recorded)
  return repeat ?? { status: "id-reused", eventId: ids.find((id) => recorded.has(id)) as string }
}

function findTwin(ids: readonly string[]): string | undefined {
  if (ids.length === 1) return undefined
  const seen = new Set<string>()
  return ids.find((id) => seen.size === seen.add(id).size)
}

function findRecorded(
  connection: Connection,
  tenantRef: number,
  ids: readonly string[],
): Map<string, RecordedId> {
  const recorded = new Map<string, RecordedId>()
  for (let start = 0; start < ids.length; start += idsPerQuery) {
    const part = JSON.stringify(ids.slice(start, start + idsPerQuery))
    type IdRow = [
      hex: string,
      stream: number,
      version: number,
      position: number,
      recordedAt: number,
      type: string,
    ]
    for (const [hex, streamRef, version, position, recordedAt, type] of connection.all<IdRow>(
      findRecordedIds,
      tenantRef,
      part,
    )) {
      recorded.set(uuidOfHex(hex), { streamRef, version, position, recordedAt, type })
    }
  }
  return recorded
}

function repeatOf(
  connection: Connection,
  names: Names,
  { streams }: AppendBatch,
  tenantRef: number,
  recorded: ReadonlyMap<string, RecordedId>,
): Appended | undefined {
  const firstVersions: number[] = []
  const positions: number[] = []
  let recordedAt = 0
  for (const append of streams) {
    const found = append.events.map(({ id }) => recorded.get(id))
    if (!isRepeat(append, found, streamRefOf(connection, names, tenantRef, append))) return undefined
    firstVersions.push(found[0].version)
    for (const { position } of found) positions.push(position)
    recordedAt ||= found[0].recordedAt
  }
  return { status: "repeated", firstVersions, positions, recordedAt }
}

/** The same ids in the same stream, with the same types, at consecutive versions. */
function isRepeat(
  { events }: StreamAppend,
  found: readonly (RecordedId | undefined)[],
  streamRef: number | undefined,
): found is readonly [RecordedId, ...RecordedId[]] {
  const firstVersion = found[0]?.version ?? 0
  return events.every(({ type }, index) => {
    const event = found[index]
    return event?.streamRef === streamRef && event?.type === type && event.version === firstVersion + index
  })
}

function streamRefOf(
  connection: Connection,
  names: Names,
  tenantRef: number,
  { stream }: StreamAppend,
): number | undefined {
  const categoryRef = names.findCategory(tenantRef, stream.category)
  return categoryRef === undefined
    ? undefined
    : connection.get<[number]>(findStream, categoryRef, stream.id)?.[0]
}

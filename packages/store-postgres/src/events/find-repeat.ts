import type { AppendBatch, Appended, AppendOutcome, StreamAppend } from "@annals/core"
import { uuidArray } from "../sql/binary-array.ts"
import type { SqlRow, SqlRunner } from "../sql/sql-runner.ts"
import { findRecordedIds } from "../statements/append.ts"
import type { EventKeys } from "./event-keys.ts"

interface RecordedId {
  readonly id: string
  readonly category: string
  readonly streamId: string
  readonly version: number
  readonly position: number
  readonly recordedAt: number
  readonly type: string
}

/** The outcome of a batch some of whose ids are recorded: the first one where all are in their places, else a refusal. */
export async function findRepeat(
  runner: Pick<SqlRunner, "run">,
  keys: EventKeys,
  batch: AppendBatch,
): Promise<AppendOutcome> {
  const ids = batch.streams.flatMap(({ events }) => events.map(({ id }) => id))
  const twin = findTwin(ids)
  if (twin !== undefined) return { status: "id-reused", eventId: twin }
  const rows = await runner.run(findRecordedIds, [keys.tenant(batch.tenant).bytes, uuidArray(ids)])
  const recorded = new Map(rows.map(recordedIdOf).map((found) => [found.id, found]))
  return (
    repeatOf(batch, recorded) ?? {
      status: "id-reused",
      eventId: ids.find((id) => recorded.has(id)) as string,
    }
  )
}

/** The same id twice in one batch. */
function findTwin(ids: readonly string[]): string | undefined {
  if (ids.length === 1) return undefined
  const seen = new Set<string>()
  return ids.find((id) => seen.size === seen.add(id).size)
}

function recordedIdOf(row: SqlRow): RecordedId {
  const [id, category, streamId, version, position, recordedAt, type] = row as readonly string[]
  return {
    id: id as string,
    category: category as string,
    streamId: streamId as string,
    version: Number(version),
    position: Number(position),
    recordedAt: Number(recordedAt),
    type: type as string,
  }
}

function repeatOf({ streams }: AppendBatch, recorded: ReadonlyMap<string, RecordedId>): Appended | undefined {
  const firstVersions: number[] = []
  const positions: number[] = []
  let recordedAt: number | undefined
  for (const append of streams) {
    const found = append.events.map(({ id }) => recorded.get(id))
    if (!isRepeat(append, found)) return undefined
    firstVersions.push(found[0].version)
    for (const { position } of found) positions.push(position)
    recordedAt ??= found[0].recordedAt
  }
  return { status: "repeated", firstVersions, positions, recordedAt: recordedAt as number }
}

/** The same ids in the same stream, with the same types, at consecutive versions. */
function isRepeat(
  { stream, events }: StreamAppend,
  found: readonly (RecordedId | undefined)[],
): found is readonly [RecordedId, ...RecordedId[]] {
  const firstVersion = found[0]?.version ?? 0
  return events.every(({ type }, index) => {
    const event = found[index]
    return (
      event?.category === stream.category &&
      event.streamId === stream.id &&
      event.type === type &&
      event.version === firstVersion + index
    )
  })
}

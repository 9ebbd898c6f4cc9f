import type { PlainRecorded } from "../plain-event.ts"
import { parseTextArray } from "./own-types.ts"

/** Of `events` joined with `streams`. */
export const rowColumns = `position, events.version, events.id, type, schema_version, occurred_at, recorded_at, data, metadata, tags,
  correlation_id, causation_id, category, streams.id`

export type Row = readonly [
  position: number,
  version: number,
  id: string,
  type: string,
  schemaVersion: number,
  occurredAt: number,
  recordedAt: number,
  data: string,
  metadata: string,
  tags: string,
  correlationId: string | null,
  causationId: string | null,
  category: string,
  streamId: string,
]

/** An event with what only a server keeps. */
export interface RecordedEvent extends PlainRecorded {
  readonly correlationId: string | undefined
  readonly causationId: string | undefined
}

/** Makes events of their rows. Neighbours often have the same tags. */
export function rowReader(): (row: Row) => RecordedEvent {
  let tagText = "{}"
  let tags: readonly string[] = []
  return (row) => {
    if (row[9] !== tagText) {
      tagText = row[9]
      tags = parseTextArray(tagText)
    }
    return {
      id: row[2],
      type: row[3],
      schemaVersion: row[4],
      data: JSON.parse(row[7]),
      metadata: JSON.parse(row[8]),
      tags,
      occurredAt: row[5],
      recordedAt: row[6],
      correlationId: row[10] ?? undefined,
      causationId: row[11] ?? undefined,
      stream: { category: row[12], id: row[13] },
      version: row[1],
      position: row[0],
    }
  }
}

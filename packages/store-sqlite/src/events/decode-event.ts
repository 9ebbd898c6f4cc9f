import type { StoredEvent, StoredPayload, StreamKey } from "@annals/core"
import type { EventKind } from "../name-maps.ts"
import type { Names } from "../names.ts"
import { uuidOfHex } from "../uuid-bytes.ts"

/** As `eventColumns` reads it. */
export type EventRow = readonly [
  position: number,
  version: number,
  kindRef: number,
  recordedAt: number,
  occurredAt: number | null,
  metadata: string | null,
  correlation: string | null,
  causation: string | null,
  tags: string | null,
  body: string | Uint8Array | null,
  hash: string | null,
  idHex: string,
  ...rest: unknown[],
]

/** An event read without knowing its stream beforehand. */
export type LogRow = readonly [...row: EventRow, streamRef: number, streamId: string]

export function decodeEvent(row: EventRow, names: Names, stream: StreamKey): StoredEvent {
  const kind = names.kind(row[2])
  return decodeOfKind(row, names, stream, kind)
}

/** Makes events of the log's rows. Events of one stream share its key. */
export function decodeLogRows(rows: readonly LogRow[], names: Names): StoredEvent[] {
  const streams = new Map<number, StreamKey>()
  return rows.map((row) => {
    const kind = names.kind(row[2])
    const streamRef = row[12] as number
    let stream = streams.get(streamRef)
    if (stream === undefined) {
      stream = { tenant: kind.tenant, category: kind.category, id: row[13] as string }
      streams.set(streamRef, stream)
    }
    return decodeOfKind(row, names, stream, kind)
  })
}

function decodeOfKind(row: EventRow, names: Names, stream: StreamKey, kind: EventKind): StoredEvent {
  const recordedAt = row[3]
  const correlation = row[6]
  const causation = row[7]
  return {
    id: uuidOfHex(row[11]),
    type: kind.type,
    schemaVersion: kind.schemaVersion,
    tags: names.tags(row[8]),
    correlationId: correlation === null ? undefined : decodeId(correlation),
    causationId: causation === null ? undefined : decodeId(causation),
    metadata: row[5] ?? "",
    occurredAt: row[4] ?? recordedAt,
    payload: decodePayload(row[9], row[10], kind),
    stream,
    version: row[1],
    position: row[0],
    recordedAt,
  }
}

/** The first letter says whether the rest is a UUID's digits or text. */
function decodeId(text: string): string {
  return text.startsWith("u") ? uuidOfHex(text.slice(1)) : text.slice(1)
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

function decodePayload(body: string | Uint8Array | null, hash: string | null, kind: EventKind): StoredPayload {
  const bytes = body ?? new Uint8Array(0)
  const content = kind.textAsBytes ? decoder.decode(bytes as Uint8Array) : bytes
  return hash === null ? { encoding: kind.encoding, body: content } : { encoding: kind.encoding, body: content, hash }
}

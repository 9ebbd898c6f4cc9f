import type { StoredEvent, StoredPayload, StreamKey } from "@annals/core"
import type { SqlRow } from "../sql/sql-runner.ts"
import { parseTextArray } from "../sql/text-array.ts"

/** An event as `logColumns` reads it. One read from its stream lacks the last three. */
export type EventRow = readonly [
  position: string,
  version: string,
  id: string,
  type: string,
  schemaVersion: string,
  tags: string | null,
  correlationId: string | null,
  causationId: string | null,
  metadata: string,
  occurredAt: string,
  recordedAt: string,
  encoding: string,
  hash: string | null,
  body: string | null,
  bytes: string | null,
  tenant: string,
  category: string,
  streamId: string,
]

/** Makes events of rows. Neighbours often have the same stream and tags: those are made once. */
export class EventDecoder {
  #stream: StreamKey | undefined
  #tagsText: string | null = null
  #tags: readonly string[] = noTags

  decode(row: SqlRow, stream: StreamKey): StoredEvent {
    const event = row as EventRow
    return {
      id: event[2],
      type: event[3],
      schemaVersion: Number(event[4]),
      tags: this.#tagsOf(event[5]),
      correlationId: event[6] ?? undefined,
      causationId: event[7] ?? undefined,
      metadata: event[8],
      occurredAt: Number(event[9]),
      payload: decodePayload(event[11], event[12], event[13], event[14]),
      stream,
      version: Number(event[1]),
      position: Number(event[0]),
      recordedAt: Number(event[10]),
    }
  }

  decodeLog(row: SqlRow): StoredEvent {
    return this.decode(row, this.#streamOf(row as EventRow))
  }

  #streamOf(row: EventRow): StreamKey {
    const known = this.#stream
    if (known?.id === row[17] && known.category === row[16] && known.tenant === row[15]) return known
    this.#stream = { tenant: row[15], category: row[16], id: row[17] }
    return this.#stream
  }

  #tagsOf(text: string | null): readonly string[] {
    if (text === this.#tagsText) return this.#tags
    this.#tagsText = text
    this.#tags = text === null ? noTags : parseTextArray(text)
    return this.#tags
  }
}

const noTags: readonly string[] = Object.freeze([])

function decodePayload(
  encoding: string,
  hash: string | null,
  text: string | null,
  hex: string | null,
): StoredPayload {
  const body = text ?? decodeBytes(hex as string)
  return hash === null ? { encoding, body } : { encoding, body, hash }
}

/** `\x0123`, or, where a session wants bytes as in PostgreSQL's early days, text with octal numbers: `a\001`. */
function decodeBytes(text: string): Uint8Array {
  if (text.startsWith("\\x")) return Uint8Array.from(Buffer.from(text.slice(2), "hex"))
  const latin = text.replaceAll(/\\(\\|[0-7]{3})/g, (_, escaped: string) =>
    escaped === "\\" ? escaped : String.fromCharCode(Number.parseInt(escaped, 8)),
  )
  return Uint8Array.from(Buffer.from(latin, "latin1"))
}

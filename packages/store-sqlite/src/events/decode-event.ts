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

/** Makes events of rows. Neighbours often have the same kind, correlation and tags: those are decoded once. */
export class EventDecoder {
  readonly #names: Names
  readonly #streams = new Map<number, StreamKey>()
  #kind: EventKind | undefined
  #tagRefs: string | null = null
  #tags: readonly string[] = noTags
  #correlation: string | null = null
  #correlationId: string | undefined
  #causation: string | null = null
  #causationId: string | undefined

  constructor(names: Names) {
    this.#names = names
  }

  /** Where the stream is known. */
  decode(row: EventRow, stream: StreamKey): StoredEvent {
    return this.#event(row, this.#kindOf(row[2]), stream)
  }

  /** Events of one stream share its key. */
  decodeLog(row: LogRow): StoredEvent {
    const kind = this.#kindOf(row[2])
    const streamRef = row[12] as number
    let stream = this.#streams.get(streamRef)
    if (stream === undefined) {
      stream = { tenant: kind.tenant, category: kind.category, id: row[13] as string }
      this.#streams.set(streamRef, stream)
    }
    return this.#event(row, kind, stream)
  }

  #event(row: EventRow, kind: EventKind, stream: StreamKey): StoredEvent {
    return {
      id: uuidOfHex(row[11]),
      type: kind.type,
      schemaVersion: kind.schemaVersion,
      tags: this.#tagsOf(row[8]),
      correlationId: this.#correlationOf(row[6]),
      causationId: this.#causationOf(row[7]),
      metadata: row[5] ?? "",
      occurredAt: row[4] ?? row[3],
      payload: decodePayload(row[9], row[10], kind),
      stream,
      version: row[1],
      position: row[0],
      recordedAt: row[3],
    }
  }

  #kindOf(ref: number): EventKind {
    if (this.#kind?.ref !== ref) this.#kind = this.#names.kind(ref)
    return this.#kind
  }

  #tagsOf(refs: string | null): readonly string[] {
    if (refs === this.#tagRefs) return this.#tags
    this.#tagRefs = refs
    this.#tags = refs === null ? noTags : this.#names.tags(refs)
    return this.#tags
  }

  #correlationOf(text: string | null): string | undefined {
    if (text === this.#correlation) return this.#correlationId
    this.#correlation = text
    this.#correlationId = decodeId(text)
    return this.#correlationId
  }

  #causationOf(text: string | null): string | undefined {
    if (text === this.#causation) return this.#causationId
    this.#causation = text
    this.#causationId = decodeId(text)
    return this.#causationId
  }
}

const noTags: readonly string[] = Object.freeze([])

function decodeId(text: string | null): string | undefined {
  if (text === null) return undefined
  return text.startsWith(" ") ? text.slice(1) : uuidOfHex(text)
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true })

function decodePayload(
  body: string | Uint8Array | null,
  hash: string | null,
  kind: EventKind,
): StoredPayload {
  const { encoding } = kind
  const content = kind.textAsBytes ? utf8.decode(body as Uint8Array) : (body ?? new Uint8Array(0))
  return hash === null ? { encoding, body: content } : { encoding, body: content, hash }
}

import type { NameTable } from "./name-table.ts"
import type { PlainRecorded } from "./plain-event.ts"

/** An id comes as hexadecimal text: a `Uint8Array` for each costs more than SQLite takes to write it. */
export const rowColumns =
  "position, version, hex(events.id), kind, coalesce(occurred_at, recorded_at), recorded_at, data, metadata, tags"

export type Row = readonly [
  position: number,
  version: number,
  id: string,
  kind: number,
  occurredAt: number,
  recordedAt: number,
  data: string,
  metadata: string,
  tags: string | null,
]

/** A row that says which stream it is of. */
export type LogRow = readonly [...Row, category: string, id: string]

const noTags: readonly string[] = []

interface Kind {
  readonly type: string
  readonly schemaVersion: number
}

/** What is stored for an event's type and schema version. */
export function kindName(type: string): string {
  return `1 ${type}`
}

/** Makes events of their rows. Neighbours often have the same tags. */
export class RowReader {
  readonly #names: NameTable
  readonly #kinds = new Map<number, Kind>()
  #tagText = ""
  #tags = noTags

  constructor(names: NameTable) {
    this.#names = names
  }

  read(row: Row | LogRow, stream: PlainRecorded["stream"]): PlainRecorded {
    const { type, schemaVersion } = this.#kindOf(row[3])
    return {
      id: uuidOf(row[2].toLowerCase()),
      type,
      schemaVersion,
      data: JSON.parse(row[6]),
      metadata: JSON.parse(row[7]),
      tags: row[8] === null ? noTags : this.#tagsOf(row[8]),
      occurredAt: row[4],
      recordedAt: row[5],
      stream,
      version: row[1],
      position: row[0],
    }
  }

  #kindOf(ref: number): Kind {
    let kind = this.#kinds.get(ref)
    if (kind === undefined) {
      const [schemaVersion = "", type = ""] = this.#names.nameOf(ref).split(" ", 2)
      kind = { type, schemaVersion: Number(schemaVersion) }
      this.#kinds.set(ref, kind)
    }
    return kind
  }

  #tagsOf(text: string): readonly string[] {
    if (text !== this.#tagText) {
      this.#tagText = text
      this.#tags = text.split(" ").map((ref) => this.#names.nameOf(Number(ref)))
    }
    return this.#tags
  }
}

function uuidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

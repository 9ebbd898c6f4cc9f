import type { AppendBatch, NewStoredEvent, StreamAppend } from "@annals/core"
import type { SQLInputValue } from "node:sqlite"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { insertEvents, insertEventTags, insertSegment } from "../statements/append.ts"
import { idParam } from "../uuid-bytes.ts"
import { KindsOfCategory, type MetKind } from "./kinds-of-category.ts"
import { segmentOf } from "./segments.ts"

/** Rows that one statement inserts, the most first: 50 at a time were faster than 16 and than 100 (benchmark sqlite/append-bulk). */
const rowsPerInsert = [50, 8, 1] as const

/** The bits of `optionalColumns`, in its order. */
const occurredBit = 1
const metadataBit = 2
const correlationBit = 4
const causationBit = 8
const tagsBit = 16
const hashBit = 32
const allBits = 63

export interface StreamTarget {
  readonly categoryRef: number
  readonly streamRef: number
  readonly firstVersion: number
}

/** Inserts the events of one append. Its arrays are used again for each statement: here most of an append's time goes. */
export class EventInserter {
  readonly positions: number[] = []
  readonly #connection: Connection
  readonly #names: Names
  readonly #tenantRef: number
  readonly #recordedAt: number
  readonly #params: SQLInputValue[] = []
  readonly #kinds: MetKind[] = []
  readonly #tags = new Map<string, number>()
  /** Pairs of tag_ref and position. */
  readonly #tagged: number[] = []

  constructor(connection: Connection, names: Names, tenantRef: number, { recordedAt }: AppendBatch) {
    this.#connection = connection
    this.#names = names
    this.#tenantRef = tenantRef
    this.#recordedAt = recordedAt
  }

  insertStream({ stream, events }: StreamAppend, target: StreamTarget): void {
    const kinds = new KindsOfCategory(this.#names, stream, target.categoryRef)
    let start = 0
    for (const rows of rowsPerInsert) {
      for (; events.length - start >= rows; start += rows) this.#insertRows(kinds, events, start, rows, target)
    }
  }

  /** Inserts the tags of all events inserted. */
  finish(): void {
    let start = 0
    for (const rows of rowsPerInsert) {
      const sql = this.#connection.text(-rows, () => insertEventTags(rows))
      for (; this.#tagged.length - start >= rows * 2; start += rows * 2) {
        this.#connection.insert(sql, this.#tagged.slice(start, start + rows * 2))
      }
    }
  }

  #insertRows(
    kinds: KindsOfCategory,
    events: readonly NewStoredEvent[],
    start: number,
    rows: number,
    { streamRef, firstVersion }: StreamTarget,
  ): void {
    const end = start + rows
    let optional = 0
    for (let index = start; index < end; index++) optional |= this.#optionalOf(events[index] as NewStoredEvent)
    const params = this.#params
    params.length = 0
    for (let index = start; index < end; index++) {
      const event = events[index] as NewStoredEvent
      const met = kinds.of(event)
      this.#kinds[index - start] = met
      params.push(streamRef, firstVersion + index, this.#tenantRef, this.#recordedAt)
      params.push(event.id, met.kind.ref, bodyParam(event, met.kind.textAsBytes))
      if (optional !== 0) this.#pushOptional(optional, event)
    }
    const sql = this.#connection.text(rows * (allBits + 1) + optional, () => insertEvents(rows, optional))
    const last = this.#connection.insert(sql, params)
    for (let index = start; index < end; index++) {
      const position = last - end + 1 + index
      this.positions.push(position)
      this.#noteSegment(this.#kinds[index - start] as MetKind, segmentOf(position))
      for (const tag of (events[index] as NewStoredEvent).tags) this.#tagged.push(this.#tagRef(tag), position)
    }
  }

  /** Which optional columns an event needs. */
  #optionalOf(event: NewStoredEvent): number {
    return (
      (event.occurredAt === this.#recordedAt ? 0 : occurredBit) |
      (event.metadata === "" ? 0 : metadataBit) |
      (event.correlationId === undefined ? 0 : correlationBit) |
      (event.causationId === undefined ? 0 : causationBit) |
      (event.tags.length === 0 ? 0 : tagsBit) |
      (event.payload.hash === undefined ? 0 : hashBit)
    )
  }

  #pushOptional(optional: number, event: NewStoredEvent): void {
    const params = this.#params
    if (optional & occurredBit) params.push(event.occurredAt === this.#recordedAt ? null : event.occurredAt)
    if (optional & metadataBit) params.push(event.metadata === "" ? null : event.metadata)
    if (optional & correlationBit) params.push(idParam(event.correlationId))
    if (optional & causationBit) params.push(idParam(event.causationId))
    if (optional & tagsBit) params.push(this.#tagsParam(event.tags))
    if (optional & hashBit) params.push(event.payload.hash ?? null)
  }

  #tagsParam(tags: readonly string[]): string | null {
    if (tags.length === 0) return null
    if (tags.length === 1) return `${this.#tagRef(tags[0] as string)}`
    return tags.map((tag) => this.#tagRef(tag)).join(" ")
  }

  #tagRef(tag: string): number {
    const known = this.#tags.get(tag)
    if (known !== undefined) return known
    const ref = this.#names.addTag(this.#tenantRef, tag)
    this.#tags.set(tag, ref)
    return ref
  }

  #noteSegment(met: MetKind, segment: number): void {
    if (met.segment === segment) return
    met.segment = segment
    const { ref } = met.kind
    if (this.#names.isNoted(ref, segment)) return
    this.#connection.run(insertSegment, ref, segment)
    this.#names.note(ref, segment)
  }
}

const encoder = new TextEncoder()

function bodyParam({ payload: { body } }: NewStoredEvent, textAsBytes: boolean): SQLInputValue {
  if (typeof body === "string") return textAsBytes ? encoder.encode(body) : body
  return body.length === 0 ? null : body
}

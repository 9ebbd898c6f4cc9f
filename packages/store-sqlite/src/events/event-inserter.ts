import type { SQLInputValue } from "node:sqlite"
import type { AppendBatch, NewStoredEvent, StreamAppend } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { insertEvents, insertRuns, insertSegment, insertStreamRun } from "../statements/append.ts"
import { IdParam, idParam } from "../uuid-bytes.ts"
import { KindsOfCategory, type MetKind } from "./kinds-of-category.ts"
import { RunCollector } from "./run-collector.ts"
import { segmentOf } from "./segments.ts"

/** Rows that one statement inserts, the most first: 50 at a time were faster than 16 and than 100 (benchmark sqlite/append-bulk). */
const rowsPerInsert = [50, 8, 1] as const

/** The bits of `optionalColumns`, in its order. */
const tenantBit = 1
const occurredBit = 2
const metadataBit = 4
const correlationBit = 8
const causationBit = 16
const tagsBit = 32
const hashBit = 64
const bitCombinations = 128

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
  readonly #correlation = new IdParam()
  readonly #causation = new IdParam()
  readonly #tags = new Map<string, number>()
  readonly #tagRuns = new RunCollector<number>()
  readonly #correlationRuns = new RunCollector<string>()

  constructor(connection: Connection, names: Names, tenantRef: number, { recordedAt }: AppendBatch) {
    this.#connection = connection
    this.#names = names
    this.#tenantRef = tenantRef
    this.#recordedAt = recordedAt
  }

  insertStream({ stream, events }: StreamAppend, target: StreamTarget): void {
    const kinds = new KindsOfCategory(this.#names, stream, target.categoryRef)
    const index = this.positions.length
    let start = 0
    for (const rows of rowsPerInsert) {
      for (; events.length - start >= rows; start += rows)
        this.#insertRows(kinds, events, start, rows, target)
    }
    const { streamRef, firstVersion } = target
    const firstPosition = this.positions[index] as number
    this.#connection.run(insertStreamRun, streamRef, firstVersion, firstPosition, events.length - 1)
  }

  /** Inserts by what the events of all streams are found. */
  finish(): void {
    if (this.#tagRuns.size > 0) this.#insertRuns("tag", this.#tagRuns, (ref) => ref)
    if (this.#correlationRuns.size > 0) this.#insertRuns("correlation", this.#correlationRuns, idParam)
  }

  #insertRows(
    kinds: KindsOfCategory,
    events: readonly NewStoredEvent[],
    start: number,
    rows: number,
    { streamRef, firstVersion }: StreamTarget,
  ): void {
    const end = start + rows
    let optional = this.#tenantRef === 0 ? 0 : tenantBit
    for (let index = start; index < end; index++)
      optional |= this.#optionalOf(events[index] as NewStoredEvent)
    const params = this.#params
    params.length = 0
    for (let index = start; index < end; index++) {
      const event = events[index] as NewStoredEvent
      const met = kinds.of(event)
      this.#kinds[index - start] = met
      params.push(streamRef, firstVersion + index, this.#recordedAt, event.id)
      params.push(met.kind.ref, bodyParam(event, met.kind.textAsBytes))
      if (optional !== 0) this.#pushOptional(optional, event)
    }
    const sql = this.#connection.text(rows * bitCombinations + optional, () => insertEvents(rows, optional))
    const beforeFirst = this.#connection.insert(sql, params) - rows
    for (let index = 0; index < rows; index++) {
      const position = beforeFirst + 1 + index
      this.positions.push(position)
      this.#noteSegment(this.#kinds[index] as MetKind, segmentOf(position))
      if (optional & (tagsBit | correlationBit))
        this.#collectRuns(events[start + index] as NewStoredEvent, position)
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
    if (optional & tenantBit) params.push(this.#tenantRef)
    if (optional & occurredBit) params.push(event.occurredAt === this.#recordedAt ? null : event.occurredAt)
    if (optional & metadataBit) params.push(event.metadata === "" ? null : event.metadata)
    if (optional & correlationBit) params.push(this.#correlation.param(event.correlationId))
    if (optional & causationBit) params.push(this.#causation.param(event.causationId))
    if (optional & tagsBit) params.push(this.#tagsParam(event.tags))
    if (optional & hashBit) params.push(event.payload.hash ?? null)
  }

  #collectRuns({ tags, correlationId }: NewStoredEvent, position: number): void {
    for (const tag of tags) this.#tagRuns.add(this.#tagRef(tag), position)
    if (correlationId !== undefined) this.#correlationRuns.add(correlationId, position)
  }

  #insertRuns<Key>(
    table: "tag" | "correlation",
    runs: RunCollector<Key>,
    toParam: (key: Key) => SQLInputValue,
  ): void {
    const params: SQLInputValue[] = []
    for (const [key, first, more] of runs) params.push(toParam(key), first, more)
    let start = 0
    for (const rows of rowsPerInsert) {
      const columns = rows * columnsOfRun
      for (; params.length - start >= columns; start += columns) {
        this.#connection.insert(insertRuns(table, rows), params.slice(start, start + columns))
      }
    }
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

const columnsOfRun = 3
const encoder = new TextEncoder()

function bodyParam({ payload: { body } }: NewStoredEvent, textAsBytes: boolean): SQLInputValue {
  if (typeof body === "string") return textAsBytes ? encoder.encode(body) : body
  return body.length === 0 ? null : body
}

import type { SQLInputValue } from "node:sqlite"
import type { NewStoredEvent, StreamAppend } from "@annals/core"
import type { Connection } from "../connection.ts"
import type { Names } from "../names.ts"
import { insertEvents, insertEventTags, insertSegment } from "../statements/append.ts"
import { bytesOfUuid, isCanonicalUuid } from "../uuid-bytes.ts"
import { KindsOfCategory } from "./kinds-of-category.ts"
import { segmentOf } from "./segments.ts"

/** Sizes of inserts with several rows, the largest first: 50 rows at a time were faster than 16 and than 100 (benchmark sqlite/append-bulk). */
const insertSizes = [50, 8, 1] as const

/** The bits of `optionalColumns`, in its order. */
const occurredBit = 1
const metadataBit = 2
const correlationBit = 4
const causationBit = 8
const tagsBit = 16
const hashBit = 32
const allBits = 63

export interface InsertTarget {
  readonly tenantRef: number
  readonly categoryRef: number
  readonly streamRef: number
  readonly firstVersion: number
  readonly recordedAt: number
}

/** Inserts a stream's events with their tags, and adds their positions to `positions`. */
export function insertStreamEvents(
  connection: Connection,
  names: Names,
  { stream, events }: StreamAppend,
  target: InsertTarget,
  positions: number[],
): void {
  const kinds = new KindsOfCategory(names, stream, target.categoryRef)
  let start = 0
  for (const size of insertSizes) {
    while (events.length - start >= size) {
      const part = size === events.length ? events : events.slice(start, start + size)
      insertPart(
        connection,
        names,
        kinds,
        part,
        { ...target, firstVersion: target.firstVersion + start },
        positions,
      )
      start += size
    }
  }
}

function insertPart(
  connection: Connection,
  names: Names,
  kinds: KindsOfCategory,
  events: readonly NewStoredEvent[],
  { tenantRef, streamRef, firstVersion, recordedAt }: InsertTarget,
  positions: number[],
): void {
  let optional = 0
  for (const event of events) optional |= optionalOf(event, recordedAt)
  const params: SQLInputValue[] = []
  const tagRefs: (readonly number[])[] = []
  const kindRefs: number[] = []
  let version = firstVersion
  for (const event of events) {
    const kind = kinds.of(event)
    const refs = event.tags.length === 0 ? noRefs : event.tags.map((tag) => names.addTag(tenantRef, tag))
    kindRefs.push(kind.ref)
    tagRefs.push(refs)
    params.push(
      streamRef,
      version++,
      tenantRef,
      recordedAt,
      event.id,
      kind.ref,
      bodyParam(event, kind.textAsBytes),
    )
    if (optional !== 0) pushOptional(params, optional, event, recordedAt, refs)
  }
  const variant = events.length * (allBits + 1) + optional
  const sql = connection.text(variant, () => insertEvents(events.length, optional))
  const firstPosition = connection.insert(sql, params) - events.length + 1
  for (let index = 0; index < events.length; index++) positions.push(firstPosition + index)
  noteSegments(connection, names, kindRefs, firstPosition)
  if (optional & tagsBit) insertTags(connection, tagRefs, firstPosition)
}

const noRefs: readonly number[] = []

function insertTags(
  connection: Connection,
  tagRefs: readonly (readonly number[])[],
  firstPosition: number,
): void {
  const params: number[] = []
  tagRefs.forEach((refs, index) => {
    for (const ref of refs) params.push(ref, firstPosition + index)
  })
  let start = 0
  for (const size of insertSizes) {
    for (; params.length - start >= 2 * size; start += 2 * size) {
      const sql = connection.text(-size, () => insertEventTags(size))
      connection.insert(sql, params.slice(start, start + 2 * size))
    }
  }
}

/** Which optional columns an event needs. */
function optionalOf(event: NewStoredEvent, recordedAt: number): number {
  return (
    (event.occurredAt === recordedAt ? 0 : occurredBit) |
    (event.metadata === "" ? 0 : metadataBit) |
    (event.correlationId === undefined ? 0 : correlationBit) |
    (event.causationId === undefined ? 0 : causationBit) |
    (event.tags.length === 0 ? 0 : tagsBit) |
    (event.payload.hash === undefined ? 0 : hashBit)
  )
}

function pushOptional(
  params: SQLInputValue[],
  optional: number,
  event: NewStoredEvent,
  recordedAt: number,
  tagRefs: readonly number[],
): void {
  if (optional & occurredBit) params.push(event.occurredAt === recordedAt ? null : event.occurredAt)
  if (optional & metadataBit) params.push(event.metadata === "" ? null : event.metadata)
  if (optional & correlationBit) params.push(idParam(event.correlationId))
  if (optional & causationBit) params.push(idParam(event.causationId))
  if (optional & tagsBit) params.push(tagRefs.length === 0 ? null : tagRefs.join(" "))
  if (optional & hashBit) params.push(event.payload.hash ?? null)
}

/** A UUID takes less than half the room as bytes. */
export function idParam(id: string | undefined): SQLInputValue {
  if (id === undefined) return null
  return isCanonicalUuid(id) ? bytesOfUuid(id) : id
}

const encoder = new TextEncoder()

function bodyParam({ payload: { body } }: NewStoredEvent, textAsBytes: boolean): SQLInputValue {
  if (typeof body === "string") return textAsBytes ? encoder.encode(body) : body
  return body.length === 0 ? null : body
}

/** Neighbours are nearly always of one kind and in one segment. */
function noteSegments(
  connection: Connection,
  names: Names,
  kindRefs: readonly number[],
  firstPosition: number,
): void {
  let lastKind: number | undefined
  let lastSegment: number | undefined
  kindRefs.forEach((kindRef, index) => {
    const segment = segmentOf(firstPosition + index)
    if (kindRef === lastKind && segment === lastSegment) return
    noteSegment(connection, names, kindRef, segment)
    lastKind = kindRef
    lastSegment = segment
  })
}

function noteSegment(connection: Connection, names: Names, kindRef: number, segment: number): void {
  if (names.isNoted(kindRef, segment)) return
  connection.run(insertSegment, kindRef, segment)
  names.note(kindRef, segment)
}

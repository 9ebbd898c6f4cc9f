import type { AppendBatch, NewStoredEvent, StreamAppend } from "@annals/core"
import {
  bigintArray,
  booleanArray,
  byteaArray,
  integerArray,
  keyArray,
  smallintArray,
  textArray,
  uuidArray,
} from "../sql/binary-array.ts"
import type { SqlValue } from "../sql/sql-runner.ts"
import { encodeCondition } from "./encode-condition.ts"
import { encodeExpected } from "./encode-expected.ts"
import type { EventKey, EventKeys } from "./event-keys.ts"
import { correlationKeyOf, EventMarker, type EventMarks } from "./event-marks.ts"
import { matchesBatch } from "./matches-batch.ts"

/** How a call behaves. */
export interface AppendMode {
  /** Wait for other transactions that hold a stream; else the batch is busy. */
  readonly waits: boolean
  /** The transaction goes on after the call, and may append again. */
  readonly lasting: boolean
  /** Look up also ids that were made for the call: an earlier attempt may have recorded them. */
  readonly checkFreshIds: boolean
}

/** The parameters of the function `append`: batches, their parts and their events in columns. */
export class AppendCall {
  readonly #keys: EventKeys
  readonly #mode: AppendMode
  readonly #streams: StreamAppend[] = []
  readonly #locks: number[] = []
  readonly #streamIndexes = new Map<string, number>()
  readonly #batches = {
    lastPart: [] as number[],
    checkIds: [] as boolean[],
    recordedAt: [] as number[],
    marks: [] as number[],
    after: [] as (number | null)[],
  }
  readonly #parts = {
    batch: [] as number[],
    stream: [] as number[],
    first: [] as number[],
    count: [] as number[],
    expected: [] as (number | null)[],
  }
  readonly #items = {
    batch: [] as number[],
    types: [] as (string | null)[],
    tags: [] as (string | null)[],
    tagKeys: [] as (string | null)[],
    tagMarks: [] as number[],
    typeMarks: [] as number[],
  }
  readonly #rivals = { batch: [] as number[], rival: [] as number[] }
  readonly #events: NewStoredEvent[] = []
  readonly #marked: EventMarks[] = []
  readonly #tags = { event: [] as number[], key: [] as EventKey[] }

  constructor(keys: EventKeys, mode: AppendMode, batches: readonly AppendBatch[]) {
    this.#keys = keys
    this.#mode = mode
    this.#listStreams(batches)
    for (const [index, batch] of batches.entries()) this.#addBatch(batch, index + 1, batches)
  }

  /** In the order of the function's parameters. */
  get values(): SqlValue[] {
    const { waits, lasting } = this.#mode
    const streams = this.#streams.map(({ stream }) => stream)
    const events = this.#events
    return [
      waits,
      lasting,
      integerArray(this.#locks),
      keyArray(streams.map(({ tenant, category }) => this.#keys.category(tenant, category))),
      keyArray(streams.map(({ tenant }) => this.#keys.tenant(tenant))),
      smallintArray(this.#streams.map(({ slot }) => slot)),
      textArray(streams.map(({ tenant }) => tenant)),
      textArray(streams.map(({ category }) => category)),
      textArray(streams.map(({ id }) => id)),
      integerArray(this.#batches.lastPart),
      booleanArray(this.#batches.checkIds),
      bigintArray(this.#batches.recordedAt),
      integerArray(this.#batches.marks),
      bigintArray(this.#batches.after),
      integerArray(this.#parts.batch),
      integerArray(this.#parts.stream),
      integerArray(this.#parts.first),
      integerArray(this.#parts.count),
      bigintArray(this.#parts.expected),
      integerArray(this.#items.batch),
      textArray(this.#items.types),
      textArray(this.#items.tags),
      textArray(this.#items.tagKeys),
      integerArray(this.#items.tagMarks),
      integerArray(this.#items.typeMarks),
      integerArray(this.#rivals.batch),
      integerArray(this.#rivals.rival),
      uuidArray(events.map(({ id }) => id)),
      keyArray(this.#marked.map(({ kind }) => kind)),
      textArray(events.map(({ type }) => type)),
      integerArray(events.map(({ schemaVersion }) => schemaVersion)),
      ifAny(
        textArray,
        this.#marked.map(({ tags }) => tags),
      ),
      ifAny(
        keyArray,
        this.#marked.map(({ firstTag }) => firstTag),
      ),
      ifAny(
        textArray,
        events.map(({ correlationId }) => correlationId ?? null),
      ),
      ifAny(
        keyArray,
        events.map((event) => correlationKeyOf(this.#keys, event)),
      ),
      ifAny(
        textArray,
        events.map(({ causationId }) => causationId ?? null),
      ),
      textArray(events.map(({ metadata }) => metadata)),
      bigintArray(events.map(({ occurredAt }) => occurredAt)),
      textArray(events.map(({ payload }) => payload.encoding)),
      ifAny(
        textArray,
        events.map(({ payload }) => payload.hash ?? null),
      ),
      ifAny(
        textArray,
        events.map(({ payload: { body } }) => (typeof body === "string" ? body : null)),
      ),
      ifAny(
        byteaArray,
        events.map(({ payload: { body } }) => (typeof body === "string" ? null : body)),
      ),
      integerArray(this.#tags.event),
      keyArray(this.#tags.key),
    ]
  }

  /** In the order in which they are to be locked, which must be the same for everybody: circles of waiting can't come about. */
  #listStreams(batches: readonly AppendBatch[]): void {
    const byKey = new Map<string, StreamAppend>()
    for (const append of batches.flatMap(({ streams }) => streams)) byKey.set(streamKeyOf(append), append)
    const withLocks = [...byKey].map(([key, append]) => ({
      key,
      append,
      lock: this.#keys.stream(append.stream).low,
    }))
    for (const { key, append, lock } of withLocks.sort((left, right) => left.lock - right.lock)) {
      this.#streams.push(append)
      this.#locks.push(lock)
      this.#streamIndexes.set(key, this.#streams.length)
    }
  }

  #addBatch(batch: AppendBatch, number: number, batches: readonly AppendBatch[]): void {
    let marks = 0
    for (const append of batch.streams) marks |= this.#addPart(append, number)
    this.#batches.lastPart.push(this.#parts.batch.length)
    this.#batches.checkIds.push(!batch.freshIds || this.#mode.checkFreshIds)
    this.#batches.recordedAt.push(batch.recordedAt)
    this.#batches.marks.push(marks)
    this.#batches.after.push(batch.condition?.after ?? null)
    if (batch.condition === undefined) return
    const { query } = batch.condition
    for (const item of encodeCondition(this.#keys, batch.tenant, query)) {
      this.#items.batch.push(number)
      this.#items.types.push(item.types)
      this.#items.tags.push(item.tags)
      this.#items.tagKeys.push(item.tagKeys)
      this.#items.tagMarks.push(item.tagMarks)
      this.#items.typeMarks.push(item.typeMarks)
    }
    for (const [index, earlier] of batches.slice(0, number - 1).entries()) {
      if (!matchesBatch(query, batch.tenant, earlier)) continue
      this.#rivals.batch.push(number)
      this.#rivals.rival.push(index + 1)
    }
  }

  /** Returns the marks of its events. */
  #addPart(append: StreamAppend, batch: number): number {
    this.#parts.batch.push(batch)
    this.#parts.stream.push(this.#streamIndexes.get(streamKeyOf(append)) as number)
    this.#parts.first.push(this.#events.length + 1)
    this.#parts.count.push(append.events.length)
    this.#parts.expected.push(encodeExpected(append.expected))
    const marker = new EventMarker(this.#keys, append.stream)
    let marks = 0
    for (const event of append.events) {
      const marked = marker.mark(event)
      this.#events.push(event)
      this.#marked.push(marked)
      for (const key of marked.otherTags) {
        this.#tags.event.push(this.#events.length)
        this.#tags.key.push(key)
      }
      marks |= marked.marks
    }
    return marks
  }
}

/** A column in which nothing stands is left out. */
function ifAny<Value>(
  encode: (values: readonly (Value | null)[]) => Buffer,
  values: readonly (Value | null)[],
): Buffer | null {
  return values.every((value) => value === null) ? null : encode(values)
}

/** No name has this character. */
export function streamKeyOf({ stream: { tenant, category, id } }: StreamAppend): string {
  return `${tenant}\0${category}\0${id}`
}

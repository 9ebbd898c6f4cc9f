import type { AppendBatch, NewStoredEvent, StreamAppend } from "@annals/core"
import { integerArray, keyArray, textArray } from "../sql/binary-array.ts"
import type { SqlRow, SqlValue } from "../sql/sql-runner.ts"
import type { BatchAnswer } from "./append-answer.ts"
import type { AppendMode } from "./append-call.ts"
import { encodeCondition } from "./encode-condition.ts"
import { encodeExpected } from "./encode-expected.ts"
import type { EventKeys } from "./event-keys.ts"
import { correlationKeyOf, markEvent } from "./event-marks.ts"

/** A batch of one event. */
export interface OneEvent {
  readonly batch: AppendBatch
  readonly append: StreamAppend
  readonly event: NewStoredEvent
}

export function oneEventOf(batches: readonly AppendBatch[]): OneEvent | undefined {
  const [batch, ...otherBatches] = batches
  const [append, ...otherAppends] = batch?.streams ?? []
  const [event, ...otherEvents] = append?.events ?? []
  if (batch === undefined || append === undefined || event === undefined) return undefined
  if (otherBatches.length + otherAppends.length + otherEvents.length > 0) return undefined
  return { batch, append, event }
}

/** The parameters of the function `append_one`, in their order. */
export function appendOneValues(
  keys: EventKeys,
  { checkFreshIds }: Pick<AppendMode, "checkFreshIds">,
  { batch, append, event }: OneEvent,
): SqlValue[] {
  const { tenant, category, id } = append.stream
  const { body, encoding, hash } = event.payload
  const marked = markEvent(keys, append.stream, event)
  return [
    keys.stream(append.stream).low,
    keys.category(tenant, category).bytes,
    keys.tenant(tenant).bytes,
    append.slot,
    tenant,
    category,
    id,
    !batch.freshIds || checkFreshIds,
    batch.recordedAt,
    marked.marks,
    encodeExpected(append.expected),
    batch.condition?.after ?? null,
    ...conditionValues(keys, batch),
    event.id,
    marked.kind.bytes,
    event.type,
    event.schemaVersion,
    marked.tags,
    marked.firstTag?.bytes ?? null,
    event.correlationId ?? null,
    correlationKeyOf(keys, event)?.bytes ?? null,
    event.causationId ?? null,
    event.metadata,
    event.occurredAt,
    encoding,
    hash ?? null,
    typeof body === "string" ? body : null,
    typeof body === "string" ? null : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    marked.otherTags.length === 0 ? null : keyArray(marked.otherTags),
  ]
}

/** The outcome, and what belongs to it. */
export function readOneAnswer({ batch, append }: OneEvent, row: SqlRow | undefined): BatchAnswer {
  const [outcome, first, second] = (row?.[0] ?? "").slice(1, -1).split(",").map(Number)
  switch (outcome) {
    case 0:
      return {
        status: "appended",
        firstVersions: [first as number],
        positions: [second as number],
        recordedAt: batch.recordedAt,
      }
    case 1:
      return { status: "busy" }
    case 2:
      return { status: "recorded" }
    case 3:
      return {
        status: "version-conflict",
        stream: append.stream,
        expected: append.expected,
        actual: first as number,
      }
    case 4:
      return { status: "condition-failed", position: first as number }
    default:
      throw new Error(`append_one answered with the outcome ${outcome}`)
  }
}

const noCondition: readonly SqlValue[] = [null, null, null, null, null]

function conditionValues(keys: EventKeys, { tenant, condition }: AppendBatch): readonly SqlValue[] {
  if (condition === undefined) return noCondition
  const items = encodeCondition(keys, tenant, condition.query)
  return [
    textArray(items.map(({ types }) => types)),
    textArray(items.map(({ tags }) => tags)),
    textArray(items.map(({ tagKeys }) => tagKeys)),
    integerArray(items.map(({ tagMarks }) => tagMarks)),
    integerArray(items.map(({ typeMarks }) => typeMarks)),
  ]
}

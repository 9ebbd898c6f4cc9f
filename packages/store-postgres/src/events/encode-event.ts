import type { ExpectedVersion, NewStoredEvent, StreamKey } from "@annals/core"
import { formatTextArray } from "../sql/text-array.ts"
import type { EventKey, EventKeys } from "./event-keys.ts"

/** What is made of an event besides what it has. */
export interface EncodedEvent {
  readonly kind: EventKey
  readonly correlationKey: EventKey | null
  /** An array literal; `null` where there are none. */
  readonly tags: string | null
  readonly firstTag: EventKey | null
  /** Of the tags behind the first. */
  readonly otherTags: readonly EventKey[]
  /** Of its type and its tags: what the append's lock tells of it. */
  readonly marks: number
}

export function encodeEvent(
  keys: EventKeys,
  { tenant, category }: StreamKey,
  { type, tags, correlationId }: NewStoredEvent,
): EncodedEvent {
  const tagKeys = tags.map((tag) => keys.tag(tenant, tag))
  return {
    kind: keys.kind(category, type),
    correlationKey: correlationId === undefined ? null : keys.correlation(correlationId),
    tags: tags.length === 0 ? null : formatTextArray(tags),
    firstTag: tagKeys[0] ?? null,
    otherTags: tagKeys.slice(1),
    marks: tagKeys.reduce((marks, { mark }) => marks | mark, keys.type(tenant, type).mark),
  }
}

const anyVersion = null
const existingStream = -2

export function encodeExpected(expected: ExpectedVersion): number | null {
  switch (expected) {
    case "any":
      return anyVersion
    case "stream-exists":
      return existingStream
    case "no-stream":
      return 0
    default:
      return expected
  }
}

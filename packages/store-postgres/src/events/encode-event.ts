import type { ExpectedVersion, NewStoredEvent, StreamKey } from "@annals/core"
import { formatTextArray } from "../sql/text-array.ts"
import type { EventKeys } from "./event-keys.ts"

/** What is made of an event besides what it has. */
export interface EncodedEvent {
  readonly kind: bigint
  readonly correlationKey: bigint | null
  /** An array literal; `null` where there are none. */
  readonly tags: string | null
  readonly tagKeys: readonly bigint[]
  /** Of its type and its tags: what the append's lock tells of it. */
  readonly marks: number
}

export function encodeEvent(
  keys: EventKeys,
  { tenant, category }: StreamKey,
  { type, tags, correlationId }: NewStoredEvent,
): EncodedEvent {
  const tagKeys: bigint[] = []
  let marks = keys.type(tenant, type).mark
  for (const tag of tags) {
    const { key, mark } = keys.tag(tenant, tag)
    tagKeys.push(key)
    marks |= mark
  }
  return {
    kind: keys.kind(category, type).key,
    correlationKey: correlationId === undefined ? null : keys.correlation(correlationId).key,
    tags: tags.length === 0 ? null : formatTextArray(tags),
    tagKeys,
    marks,
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

import type { NewStoredEvent, StreamKey } from "@annals/core"
import { formatArray } from "../sql/text-array.ts"
import type { EventKey, EventKeys } from "./event-keys.ts"

/** What is made of an event's type and tags. */
export interface EventMarks {
  readonly kind: EventKey
  /** An array literal; `null` where there are none. */
  readonly tags: string | null
  readonly firstTag: EventKey | null
  /** Of the tags behind the first. */
  readonly otherTags: readonly EventKey[]
  /** What the append's lock tells of them. */
  readonly marks: number
}

type Marked = Pick<NewStoredEvent, "type" | "tags">

export function markEvent(
  keys: EventKeys,
  { tenant, category }: StreamKey,
  { type, tags }: Marked,
): EventMarks {
  const tagKeys = withoutRepeats(tags.map((tag) => keys.tag(tenant, tag)))
  return {
    kind: keys.kind(category, type),
    tags: tags.length === 0 ? null : formatArray(tags),
    firstTag: tagKeys[0] ?? null,
    otherTags: tagKeys.slice(1),
    marks: tagKeys.reduce((marks, { mark }) => marks | mark, keys.type(tenant, type).mark),
  }
}

/** Two tags can have one key: an event is found by it once, and then tells its tags. */
function withoutRepeats(keys: readonly EventKey[]): readonly EventKey[] {
  if (keys.length < 2) return keys
  return [...new Map(keys.map((key) => [`${key.high},${key.low}`, key])).values()]
}

/** Marks events of one stream. Neighbours often have the same type and tags: those are marked once. */
export class EventMarker {
  readonly #keys: EventKeys
  readonly #stream: StreamKey
  #last: Marked = { type: "", tags: [] }
  #marks: EventMarks | undefined

  constructor(keys: EventKeys, stream: StreamKey) {
    this.#keys = keys
    this.#stream = stream
  }

  mark(event: Marked): EventMarks {
    if (this.#marks !== undefined && isAlike(event, this.#last)) return this.#marks
    this.#last = event
    this.#marks = markEvent(this.#keys, this.#stream, event)
    return this.#marks
  }
}

function isAlike(left: Marked, right: Marked): boolean {
  return (
    left.type === right.type &&
    left.tags.length === right.tags.length &&
    left.tags.every((tag, index) => tag === right.tags[index])
  )
}

export function correlationKeyOf(keys: EventKeys, { correlationId }: NewStoredEvent): EventKey | null {
  return correlationId === undefined ? null : keys.correlation(correlationId)
}

import type { EventQuery } from "@annals/core"
import { formatArray } from "../sql/text-array.ts"
import type { EventKeys } from "./event-keys.ts"

/** An item of a condition as the functions take it. `null`: any type, or any tags. Lists are array literals. */
export interface EncodedItem {
  readonly types: string | null
  readonly tags: string | null
  readonly tagKeys: string | null
  /** The marks that an append's lock must have, all of these … */
  readonly tagMarks: number
  /** … and one of these, if there are any, for its events to match. */
  readonly typeMarks: number
}

/** The empty query matches every event, and so does an item that names nothing. */
export function encodeCondition(keys: EventKeys, tenant: string, query: EventQuery): EncodedItem[] {
  return (query.length === 0 ? [{}] : query).map(({ types, tags = [] }) => {
    const tagKeys = tags.map((tag) => keys.tag(tenant, tag))
    return {
      types: types === undefined ? null : formatArray(types),
      tags: tags.length === 0 ? null : formatArray(tags),
      tagKeys: tags.length === 0 ? null : `{${tagKeys.join(",")}}`,
      tagMarks: tagKeys.reduce((marks, { mark }) => marks | mark, 0),
      typeMarks: (types ?? []).reduce((marks, type) => marks | keys.type(tenant, type).mark, 0),
    }
  })
}

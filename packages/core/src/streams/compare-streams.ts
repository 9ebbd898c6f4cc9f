import { compareText } from "./compare-text.ts"
import type { StreamKey } from "./stream.ts"

/** Orders streams by tenant, category and id, each by code point: the order in which every store lists them. */
export function compareStreams(left: StreamKey, right: StreamKey): number {
  return (
    compareText(left.tenant, right.tenant) ||
    compareText(left.category, right.category) ||
    compareText(left.id, right.id)
  )
}

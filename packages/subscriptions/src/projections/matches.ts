import type { RecordedEvent } from "@annals/core"
import type { ProjectionFilter } from "./stored-projection.ts"

/** Whether a projection takes an event: what the database does for those that read the log. */
export function matches({ types, categories, tags = [] }: ProjectionFilter, event: RecordedEvent): boolean {
  return (
    types.includes(event.type) &&
    (categories === undefined || categories.includes(event.stream.category)) &&
    tags.every((tag) => event.tags.includes(tag))
  )
}

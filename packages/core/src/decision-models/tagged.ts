import type { NewEvent } from "../events/event.ts"
import type { Projection } from "../projections/projection.ts"
import { checkName } from "../streams/validate-name.ts"
import type { TaggedProjection } from "./decision-model.ts"

/**
 * Narrows a projection to the events that carry all of these tags; without tags it looks at all events of its types. Throws
 * `INVALID_NAME`.
 *
 * @example
 * tagged(freeSeats, `course:${course}`)
 */
export function tagged<Event extends NewEvent, State>(
  projection: Projection<string, Event, State>,
  ...tags: readonly string[]
): TaggedProjection<State> {
  tags.forEach((tag, index) => void checkName(tag, `tags[${index}]`))
  // Which events it gets is seen to by their types.
  return { projection: projection as unknown as TaggedProjection<State>["projection"], tags }
}

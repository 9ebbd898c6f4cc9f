import type { Operation } from "@annals/core"
import type { SpanVariant } from "./span-catalogue.ts"

/** Which kind of span an operation gets: some operations are told by different parts of Annals. */
export function variantOf({ name, category, eventTypes }: Operation): SpanVariant {
  switch (name) {
    // A bus tells of one event, which it tries again, a subscription of its pause.
    case "retry":
      return category === undefined ? "back-off" : "retry"
    case "park":
      return category === undefined ? "park" : "bus-park"
    // Messages of an outbox have no event types.
    case "relay":
      return eventTypes === undefined ? "outbox-relay" : "relay"
    default:
      return name
  }
}

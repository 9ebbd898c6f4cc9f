import type { Operation } from "@annals/core"
import type { SpanVariant } from "./span-catalogue.ts"

/** Which kind of span an operation gets: some operations are told by different parts of Annals. */
export function variantOf({ name, causes, eventTypes }: Operation): SpanVariant {
  switch (name) {
    // A bus tells of an event that it tries again, a subscription of its pause.
    case "retry":
      return causes === undefined ? "back-off" : "retry"
    case "park":
      return causes === undefined ? "park" : "bus-park"
    // Messages of an outbox have no event types.
    case "relay":
      return eventTypes === undefined ? "outbox-relay" : "relay"
    default:
      return name
  }
}

import { AnnalsError } from "../errors/annals-error.ts"
import type { NewEvent, RecordedEvent } from "../events/event.ts"
import type { Logger } from "../ports/logger.ts"
import { describeStream } from "../streams/stream.ts"

/**
 * What happens with an event that an aggregate has no handler for:
 * - `"error"` (default): loading rejects, and raising throws, with `UNHANDLED_EVENT` (of a type that isn't among the aggregate's: `UNKNOWN_EVENT_TYPE`);
 * - `"warn"`: it changes nothing, and the store's logger hears of it;
 * - `"ignore"`: it changes nothing.
 */
export type UnhandledPolicy = "error" | "warn" | "ignore"

/** Told of an event that has no handler. */
export type OnUnhandled = (event: NewEvent) => void

/** Carries out a policy. */
export function applyPolicy(policy: UnhandledPolicy, category: string, logger?: Logger): OnUnhandled {
  switch (policy) {
    case "error":
      return (event) => {
        throw unhandledEvent(category, event)
      }
    case "warn":
      return (event) => logger?.warn(`"${category}" has no handler for "${event.type}"`, whereabouts(event))
    case "ignore":
      return () => {}
    default:
      throw invalidPolicy(policy satisfies never)
  }
}

function unhandledEvent(category: string, event: NewEvent): AnnalsError {
  const message = `"${category}" has no handler for "${event.type}": add one, or set "unhandled" to "warn" or "ignore"`
  return new AnnalsError("UNHANDLED_EVENT", message, whereabouts(event))
}

function whereabouts(event: NewEvent & Partial<RecordedEvent>) {
  return {
    ...(event.id !== undefined && { eventId: event.id }),
    ...(event.stream !== undefined && { stream: describeStream(event.stream) }),
    ...(event.position !== undefined && { position: event.position }),
  }
}

function invalidPolicy(policy: unknown): AnnalsError {
  const message = `unhandled must be "error", "warn" or "ignore", not ${JSON.stringify(policy)}`
  return new AnnalsError("INVALID_OPTION", message, { path: "unhandled" })
}

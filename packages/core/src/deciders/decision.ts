import type { NewEvent } from "../events/event.ts"
import { isRefusal, type Refusal } from "./refusal.ts"

/** What a decider may answer a command with: an event, several, none, or a refusal. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing decides on nothing
export type Decision<Event> = Event | readonly Event[] | Refusal | undefined | void

/** The events of a decision, or the refusal. */
export function eventsOf<Event extends NewEvent>(decision: Decision<Event>): readonly Event[] | Refusal {
  if (decision === undefined) return []
  if (isRefusal(decision)) return decision
  return Array.isArray(decision) ? decision : [decision as Event]
}

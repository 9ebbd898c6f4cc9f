import type { NewEvent } from "../events/event.ts"
import type { EventHandler } from "./behaviour.ts"
import type { OnUnhandled } from "./unhandled-event.ts"

/** The state after these events. */
export function foldEvents<State>(
  initial: State,
  events: readonly NewEvent[],
  handlers: ReadonlyMap<string, EventHandler<State>>,
  onUnhandled: OnUnhandled,
): State {
  let state = initial
  for (const event of events) {
    const handler = handlers.get(event.type)
    if (handler === undefined) onUnhandled(event)
    else state = handler(state, event)
  }
  return state
}

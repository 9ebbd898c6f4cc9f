import { defineEvent, definitionOf, type EventDefinition } from "./define-event.ts"
import { type } from "./plain-type.ts"

/**
 * The last event of a stream that a repository discarded. Stores and buses know it without being told; a projection that is to see the end has it among
 * its events.
 */
export const discarded = defineEvent("$discarded", type<{ readonly reason?: string }>())

/**
 * In the stream of a process (see `defineProcessManager` of `@annals/subscriptions`): an event was handled that led to none of its own. Its metadata
 * say which. Stores and buses know it without being told.
 */
export const sourceHandled = defineEvent("$source-handled", type<Record<string, never>>())

const builtIn = new Map(
  [discarded, sourceHandled].map((event) => [event.type as string, definitionOf(event)]),
)

/** An event type that Annals itself brings. */
export function resolveBuiltIn(name: string): EventDefinition | undefined {
  return builtIn.get(name)
}

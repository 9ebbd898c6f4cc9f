import { defineEvent, definitionOf, type EventDefinition } from "./define-event.ts"
import { type } from "./plain-type.ts"

/**
 * The last event of a stream that a repository discarded. Stores and buses know it without being told; a projection that is to see the end has it among
 * its events.
 */
export const discarded = defineEvent("$discarded", type<{ readonly reason?: string }>())

const builtIn = new Map([discarded].map((event) => [event.type as string, definitionOf(event)]))

/** An event type that Annals itself brings. */
export function resolveBuiltIn(name: string): EventDefinition | undefined {
  return builtIn.get(name)
}

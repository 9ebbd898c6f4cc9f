import { defineEvent, type } from "@annals/core"

/** In a process's stream: an event was handled that led to no own event. Like own events, it has the id that tells that it was. */
export const sourceHandled = defineEvent("$source-handled", type<Record<string, never>>())

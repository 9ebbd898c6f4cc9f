import type { EventType } from "@annals/core"
import { invalidOption } from "./invalid-option.ts"

/** Throws `INVALID_OPTION`. */
export function checkTypes<Types extends readonly EventType<string>[]>(types: Types, path: string): Types {
  if (Array.isArray(types) && types.every((one: unknown) => isType(one))) return types
  throw invalidOption(path, "must be an array of event types")
}

function isType(given: unknown): boolean {
  return typeof (given as Partial<EventType<string>> | undefined)?.type === "string"
}

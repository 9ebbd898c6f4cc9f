import { invalidOption } from "./invalid-option.ts"

/** Throws `INVALID_OPTION`. */
export function checkFunction<Given>(value: Given, path: string): Given {
  if (typeof value === "function") return value
  throw invalidOption(path, "must be a function")
}

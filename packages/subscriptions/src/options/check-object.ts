import { invalidOption } from "./invalid-option.ts"

/** Throws `INVALID_OPTION`. */
export function checkObject<Given>(value: Given, path: string): Given & object {
  if (typeof value === "object" && value !== null) return value
  throw invalidOption(path, "must be an object")
}

import { copyJson } from "./copy-json.ts"
import type { Payload } from "./payload.ts"

/** Copies and freezes an event's data; raw bytes are copied (bytes can't be frozen). Throws `INVALID_VALUE`. */
export function copyData(data: unknown): Payload {
  return data instanceof Uint8Array ? new Uint8Array(data) : copyJson(data, "data")
}

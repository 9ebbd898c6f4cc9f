import { isDeepStrictEqual } from "node:util"
import { type StateCodecSettings, savedForm } from "./state-codec.ts"

/** Whether two states are the same when they are kept. One that can't be kept is no other's equal. */
export function isSameState(codec: StateCodecSettings, restored: unknown, replayed: unknown): boolean {
  try {
    const saved = savedForm(codec, replayed)
    if (isDeepStrictEqual(savedForm(codec, restored), saved)) return true
    // A form that encrypts saves the same state differently each time: then only the states can tell.
    return !isDeepStrictEqual(savedForm(codec, replayed), saved) && isDeepStrictEqual(restored, replayed)
  } catch {
    return false
  }
}

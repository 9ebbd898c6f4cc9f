import type { RecordedEvent } from "@annals/core"

type Key = (event: RecordedEvent) => string | readonly string[] | undefined

/** Which documents an event concerns, each once. */
export function createKeysOf(key: Key | undefined): (event: RecordedEvent) => readonly string[] {
  if (key === undefined) return ({ stream }) => [stream.id]
  return (event) => {
    const keys = key(event)
    if (typeof keys === "string") return [keys]
    return keys === undefined ? [] : [...new Set(keys)]
  }
}

import type { ParkedStream } from "@annals/core"
import { deadLetterSource } from "../../dead-letters/dead-letter-source.ts"
import type { Runtime } from "./runtime.ts"

/**
 * Which streams are parked. A stream whose first entry is no failure waits for nothing: what it waited for was discarded at the moment when the
 * entry was parked. It counts as requeued.
 */
export async function lookAtParked<Tx>({
  store,
  definition,
}: Pick<Runtime<Tx>, "store" | "definition">): Promise<readonly ParkedStream[]> {
  const source = deadLetterSource(definition.name)
  const streams: ParkedStream[] = []
  for (const parked of await store.deadLetters.parkedStreams(source)) {
    const [first] = await store.deadLetters.list({ source, stream: parked.stream, limit: 1 })
    if (first === undefined) continue
    streams.push(first.failure === undefined ? { ...parked, status: "requeued" } : parked)
  }
  return streams
}

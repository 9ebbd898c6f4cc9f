import { setTimeout as delay } from "node:timers/promises"
import type { RecordedEvent } from "../../../bare/postgres/recorded-row.ts"

/** A gap is an append in flight: nothing here is ever rolled back. */
const gapPauseMs = 0.5

/** Handles what is new whenever it is called, and stops before gaps in positions until they are filled. */
export function followContiguously(
  readPage: (after: number) => Promise<RecordedEvent[]>,
  from: number,
  handle: (event: RecordedEvent) => void,
): () => void {
  let position = from
  let woken = false
  let following = false
  const follow = async () => {
    following = true
    while (woken) {
      woken = false
      for (const event of await readPage(position)) {
        if (event.position !== position + 1) {
          woken = true
          await delay(gapPauseMs)
          break
        }
        position = event.position
        handle(event)
      }
    }
    following = false
  }
  return () => {
    woken = true
    if (!following) void follow()
  }
}

import { setTimeout as sleep } from "node:timers/promises"
import type { Clock } from "@annals/core"

/** The machine's clock for heartbeats and the like, which run whatever clock an application's backoffs follow. Its sleepers keep no process from ending. */
const backgroundClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    sleep(milliseconds, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }),
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    if (!signal.aborted) await backgroundClock.sleep(milliseconds, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

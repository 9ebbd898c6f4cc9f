import type { Clock } from "@annals/core"
import { isBusy } from "./errors.ts"

const firstDelayMs = 1
const maxDelayMs = 25

/**
 * Tries until somebody else's lock on the file is gone. SQLite's own busy timeout would stop the whole process while it waits;
 * here the event loop runs on. `failure`: what a first try, already made, has thrown.
 */
export async function retryWhileBusy<Result>(
  clock: Clock,
  timeoutMs: number,
  attempt: () => Result,
  failure?: unknown,
): Promise<Result> {
  if (failure !== undefined && !isBusy(failure)) throw failure
  const deadline = clock.now() + timeoutMs
  let delayMs = firstDelayMs
  let isWaiting = failure !== undefined
  while (true) {
    if (isWaiting) await clock.sleep(delayMs)
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || clock.now() >= deadline) throw error
    }
    if (isWaiting) delayMs = Math.min(delayMs * 2, maxDelayMs)
    isWaiting = true
  }
}

import { setTimeout as sleep } from "node:timers/promises"
import type { Clock } from "@annals/core"

/** The machine's clock for what runs in the background: its sleepers don't keep the process from ending. */
export const backgroundClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    sleep(milliseconds, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }),
}

/** Resolves after so many milliseconds, or as soon as one of the signals is aborted. */
export async function pause(
  clock: Clock,
  milliseconds: number,
  ...until: readonly AbortSignal[]
): Promise<void> {
  if (until.some((signal) => signal.aborted)) return
  const over = new AbortController()
  const end = () => over.abort()
  for (const signal of until) signal.addEventListener("abort", end)
  try {
    await clock.sleep(milliseconds, over.signal)
  } catch (error) {
    if (!over.signal.aborted) throw error
  } finally {
    // By hand: what `AbortSignal.any` keeps of short pauses would grow with the life of a long signal.
    for (const signal of until) signal.removeEventListener("abort", end)
  }
}

/** How long to wait before the next of a row of attempts: doubling, with an upper bound. */
export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
}

/** Takes a random half off, so that processes that lost one server don't come back at once. */
export function backoffDelay(
  { firstMs, longestMs }: Backoff,
  failures: number,
  random: () => number,
): number {
  const longest = Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1))
  return longest * (1 - random() / 2)
}

import { setTimeout as sleep } from "node:timers/promises"
import type { Clock } from "../ports/clock.ts"

/** Node's timers take a longer time for 1 ms. */
const longestTimerMs = 2 ** 31 - 1

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(milliseconds, signal) {
    const options = signal === undefined ? {} : { signal }
    let left = milliseconds
    for (; left > longestTimerMs; left -= longestTimerMs) await sleep(longestTimerMs, undefined, options)
    await sleep(left, undefined, options)
  },
}

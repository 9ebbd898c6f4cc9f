import type { Clock } from "@annals/core"
import { isPassing } from "./kafka-failure.ts"
import { pause, retryDelayMs } from "./pause.ts"

/** Runs again and again, as long as what fails may succeed later, and for so long at most. */
export async function insist<Result>(
  clock: Clock,
  forMs: number,
  run: () => Promise<Result>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Result> {
  const until = clock.now() + forMs
  for (let failures = 1; ; failures++) {
    try {
      return await run()
    } catch (error) {
      const delayMs = retryDelayMs(failures)
      if (!isPassing(error) || signal.aborted || clock.now() + delayMs > until) throw error
      await pause(clock, delayMs, signal)
    }
  }
}

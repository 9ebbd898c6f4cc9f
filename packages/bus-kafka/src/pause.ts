import type { Clock } from "@annals/core"

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export async function pause(clock: Clock, milliseconds: number, until: AbortSignal): Promise<void> {
  if (until.aborted) return
  try {
    await clock.sleep(milliseconds, until)
  } catch (error) {
    if (!until.aborted) throw error
  }
}

/** How long to wait before trying again for the so manyth time: 100 ms, doubling, up to a second. */
export function retryDelayMs(failures: number): number {
  return Math.min(1_000, 100 * 2 ** Math.min(failures - 1, 10))
}
